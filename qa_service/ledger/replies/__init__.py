"""Replies (答复) of units, on a page of their own account or by a one-time link."""
