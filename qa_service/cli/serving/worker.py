"""Worker process: builds its services and serves on the shared port."""

import gc
from typing import TYPE_CHECKING

from qa_service.cli.service import open_services, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def make_app() -> "FastAPI":
    """Build the application of this process; the parent has prepared the first start."""
    from qa_service.observability.logs import configure_logs
    from qa_service.server.app import create_app
    from qa_service.services import open_database

    settings = read_settings()
    configure_logs(settings)
    services = open_services(settings, open_database(settings))
    services.index_sync.engine.warm_up()
    app = create_app(services)
    freeze_startup_objects()
    return app


def freeze_startup_objects() -> None:
    """Exclude start-up objects from garbage collection (``gc.freeze``).

    Repeated scans of these long-lived objects delayed requests.
    """
    gc.collect()
    gc.freeze()
