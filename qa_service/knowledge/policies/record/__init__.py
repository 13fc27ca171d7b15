"""The record of a document: its fields and what they must be, its text, its copies."""
