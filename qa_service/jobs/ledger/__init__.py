"""Duties of the ledger: holidays, deadlines, reminders, closing, askers' data."""
