"""Public pages for citizens, without sign-in."""
