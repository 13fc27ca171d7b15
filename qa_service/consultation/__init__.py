"""Consultations: search for a question, then answer it, offer candidates, or register it."""
