"""Backups of a service's data, their manifest, and tables written out as rows."""
