"""Retrieval: ranks the pairs of a bank for a question and decides on an answer; no HTTP, no SQL."""
