"""REST under /api/v1: thin routes that call the services."""
