"""Logs and metrics of the service; neither ever holds a citizen's words."""
