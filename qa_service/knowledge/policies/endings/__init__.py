"""The end of a policy document: proposed, decided, taken back, restored."""
