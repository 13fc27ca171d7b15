"""The operator's ask page: a question, its candidates, and the action taken."""
