"""The operator's page: a question and what is done about it."""
