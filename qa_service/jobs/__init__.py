"""Scheduled jobs: one module per duty, the delivery of events, and the scheduler."""
