"""The composition root of the web application: one FastAPI app around the services.

The public desk has an app of its own besides.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI

from qa_service import __version__
from qa_service.api.encoding import refuse_foreign_encoding
from qa_service.api.mount import mount_api
from qa_service.api.openapi import finish_openapi
from qa_service.jobs.scheduler import JobScheduler
from qa_service.knowledge.indexing.watcher import IndexWatcher
from qa_service.observability.events import ServiceStarted, ServiceStopped, log_event
from qa_service.server.error_handlers import install_error_handlers
from qa_service.server.forwarded import ForwardedRequest
from qa_service.server.limits import (
    BODY_BYTES,
    FORM_BYTES,
    IMPORT_BYTES,
    BodyLimit,
    SecurityHeaders,
)
from qa_service.server.refused_acts import RefusedActs
from qa_service.server.request_log import RequestLogging
from qa_service.server.responses import Compression, HeadAsGet, PrefixedLinks
from qa_service.server.shedding import LoadShedding
from qa_service.server.timeouts import FORM_SECONDS, BodyTimeout
from qa_service.server.trusted import trusted_networks
from qa_service.services import Services
from qa_service.web.desk.mount import mount_desk
from qa_service.web.pages import mount_pages

_DESCRIPTION = "提问即得已审定的标准答复；没有答案的自动登记台账，并给出按工作日推算的办结日期。"


class Application(FastAPI):
    """A FastAPI app with a completed OpenAPI description."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        return finish_openapi(super().openapi())


def create_app(services: Services) -> FastAPI:
    """Build the application on ``services``, whose index is open."""
    app = Application(
        title="政策咨询问答库",
        description=_DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_run_background,
        dependencies=[Depends(refuse_foreign_encoding)],
    )
    app.state.services = services
    mount_api(app)
    mount_pages(app)
    uploads = {
        "/bank/import": IMPORT_BYTES,
        "/media": services.settings.media_bytes + BODY_BYTES,
    }
    app.add_middleware(BodyLimit, uploads=uploads)
    app.add_middleware(BodyTimeout)
    _surround(app, services)
    return app


def create_desk_app(services: Services) -> FastAPI:
    """Build the application of the public desk alone on ``services``, whose index is open.

    It has no page, no interface and no job of the staff.
    """
    app = FastAPI(
        title="政策咨询自助查询",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_follow_bank,
        dependencies=[Depends(refuse_foreign_encoding)],
    )
    app.state.services = services
    app.state.is_desk = True
    mount_desk(app)
    app.add_middleware(BodyLimit, limit=FORM_BYTES)
    app.add_middleware(BodyTimeout, in_total=FORM_SECONDS)
    _surround(app, services, in_flight=services.settings.desk_in_flight)
    return app


def _surround(app: FastAPI, services: Services, *, in_flight: int | None = None) -> None:
    """Add error handlers and middleware around the limits of bodies.

    At most ``in_flight`` requests are answered at once, if that is given.
    """
    # Each middleware wraps those before: the headers are set on every response, errors included.
    install_error_handlers(app)
    app.add_middleware(RefusedActs)
    if in_flight is not None:
        app.add_middleware(LoadShedding, most=in_flight)
    app.add_middleware(SecurityHeaders, embedders=services.settings.desk_sites)
    app.add_middleware(PrefixedLinks)
    app.add_middleware(Compression)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RequestLogging)
    settings = services.settings
    trusted = trusted_networks(settings.trusted_proxies)
    app.add_middleware(ForwardedRequest, trusted=trusted, prefix=settings.root_path)


@asynccontextmanager
async def _run_background(app: FastAPI) -> AsyncIterator[None]:
    """Run the scheduled jobs and the index watcher while the application serves."""
    services: Services = app.state.services
    scheduler = JobScheduler(services)
    scheduler.start()
    watch = IndexWatcher(services.database, services.index_sync)
    watch.start()
    log_event(ServiceStarted(os.getpid()))
    yield
    watch.stop()
    scheduler.shutdown()
    log_event(ServiceStopped(os.getpid()))


@asynccontextmanager
async def _follow_bank(app: FastAPI) -> AsyncIterator[None]:
    """Run the index watcher alone while the application serves."""
    services: Services = app.state.services
    watch = IndexWatcher(services.database, services.index_sync)
    watch.start()
    log_event(ServiceStarted(os.getpid()))
    yield
    watch.stop()
    log_event(ServiceStopped(os.getpid()))
