"""Names of persons: for signing in, for display, and those that look alike."""
