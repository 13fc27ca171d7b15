"""The record of a pair: its fields, declared once, and what they must be."""
