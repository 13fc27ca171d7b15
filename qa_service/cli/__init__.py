"""The command line: thin commands that call the services and import heavy modules lazily."""

from qa_service.cli.main import app

__all__ = ["app"]
