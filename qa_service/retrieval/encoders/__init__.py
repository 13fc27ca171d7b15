"""Encoders, which compute sentence vectors of texts."""
