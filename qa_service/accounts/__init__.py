"""Who may come in: units, users, sessions and API keys."""
