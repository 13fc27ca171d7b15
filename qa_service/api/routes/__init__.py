"""One router for each thing REST is about."""
