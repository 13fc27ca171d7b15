"""Figures, proofs and sheets for supervisors, read from the ledger and from consultations."""
