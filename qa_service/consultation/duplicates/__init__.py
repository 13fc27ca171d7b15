"""Questions that come again: under their external id, or as a repeat of an open entry."""
