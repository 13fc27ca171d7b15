"""Signing in: passwords, second factor, sessions, and the limit on guessing."""
