"""Tells other systems what happened: by webhook and by mail."""
