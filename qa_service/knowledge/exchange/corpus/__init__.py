"""The corpus folder: loading it, and checking it without a database."""
