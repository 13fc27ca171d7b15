"""Locks: advisory ones of PostgreSQL, the leader of the jobs, turns of writers."""
