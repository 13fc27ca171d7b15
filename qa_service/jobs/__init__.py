"""Scheduled duties that run without a request: reminders, closing, expiry, erasure, delivery."""
