"""Pages for supervisors: audit trail and the proof that search came first."""
