"""Events for other systems, written in the transaction that causes them (transactional outbox)."""
