"""Scheduled jobs: one module a duty, a scheduler, and the delivery of events apart from both."""
