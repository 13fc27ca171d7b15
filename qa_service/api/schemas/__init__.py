"""The REST shapes of what the services take and give."""
