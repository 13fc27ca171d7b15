"""Changes of the directory of units and what they mean for the ledger."""
