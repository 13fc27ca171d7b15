"""Pages for the people who work here: sign in, ask, ledger, pairs."""
