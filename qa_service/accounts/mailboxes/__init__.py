"""Addresses at which people are told by mail that something waits for them."""
