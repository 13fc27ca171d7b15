"""Flat arrays and compiled loops for the search engine."""
