"""Due dates of entries, and telling those who have to act."""
