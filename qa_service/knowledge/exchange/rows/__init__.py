"""Rows of exchanged files: reading them, and the columns of each kind of record."""
