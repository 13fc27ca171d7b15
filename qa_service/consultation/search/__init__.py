"""Search of the bank: candidates from the index, verified in the database, with a verdict."""
