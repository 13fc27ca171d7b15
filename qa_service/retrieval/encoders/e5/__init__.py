"""Builds the default encoder, multilingual-e5-small, from its package."""
