"""Read-only reports for supervisors, computed from the ledger and from consultations."""
