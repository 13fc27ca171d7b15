"""Synchronisation of the search index with the bank, and training sets from the bank."""
