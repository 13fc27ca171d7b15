"""One of several processes that serve: builds its own services around what they share."""

import gc
from typing import TYPE_CHECKING

from qa_service.cli.service import open_services, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def make_app() -> "FastAPI":
    """The application of this process; what a first start does was done before."""
    from qa_service.observability.logs import configure_logs
    from qa_service.server.app import create_app
    from qa_service.services import open_database

    settings = read_settings()
    configure_logs(settings)
    services = open_services(settings, open_database(settings))
    services.index_sync.engine.warm_up()
    app = create_app(services)
    keep_what_lasts()
    return app


def keep_what_lasts() -> None:
    """Spare the collector what is there when serving begins: none of it ever becomes garbage.

    Going through it held every request of the moment up, again and again.
    """
    gc.collect()
    gc.freeze()
