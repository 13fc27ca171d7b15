"""The search index follows the bank, and training sets are read out of it."""
