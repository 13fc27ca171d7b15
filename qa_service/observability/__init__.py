"""Logs and metrics of the service; neither contains a citizen's words."""
