"""The directory of units as a file: its import and its export."""
