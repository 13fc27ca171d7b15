"""Import and export of the bank as files."""
