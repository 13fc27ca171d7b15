"""Flat arrays and compiled loops that the search is built on."""
