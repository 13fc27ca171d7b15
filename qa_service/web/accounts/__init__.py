"""Pages to sign in and to keep accounts and keys."""
