"""Pairs that ask or answer the same: near duplicates, disagreements, contradictions."""
