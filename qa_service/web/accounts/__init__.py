"""Pages for signing in and for managing accounts, API keys and event deliveries."""
