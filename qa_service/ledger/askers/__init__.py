"""The asker of an entry: name and contact, kept encrypted and erased in time."""
