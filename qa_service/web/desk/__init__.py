"""Pages for citizens, without an account."""
