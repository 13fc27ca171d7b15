"""Ranking a bank for a question and deciding whether it answers; pure of HTTP and SQL."""
