"""One of several processes that serve: builds its own parts around what they share."""

import gc
from typing import TYPE_CHECKING

from qa_service.cli.service import open_parts, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def make_app() -> "FastAPI":
    """The application of this process; what a first start does was done before."""
    from qa_service.app import create_app
    from qa_service.logs import configure_logs
    from qa_service.parts import open_database

    settings = read_settings()
    configure_logs(settings)
    parts = open_parts(settings, open_database(settings))
    parts.follower.engine.rehearse()
    app = create_app(parts)
    keep_what_lasts()
    return app


def keep_what_lasts() -> None:
    """Spare the collector what is there when serving begins: none of it ever becomes garbage.

    Going through it held every request of the moment up, again and again.
    """
    gc.collect()
    gc.freeze()
