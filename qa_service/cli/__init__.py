"""The command line: thin commands over the services, heavy imports inside them."""

from qa_service.cli.main import app

__all__ = ["app"]
