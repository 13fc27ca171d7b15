"""Due dates of entries, and telling whoever has to act."""
