"""Pages of the ledger (登记台账)."""
