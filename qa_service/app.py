"""The composition root of the web application: one FastAPI app around the parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from qa_service import __version__
from qa_service.api.mount import mount_api
from qa_service.api.openapi import finish_openapi
from qa_service.http_errors import install_error_handlers
from qa_service.http_limits import BODY_BYTES, IMPORT_BYTES, BodyLimit, SecurityHeaders
from qa_service.http_observation import Observation
from qa_service.http_patience import BodyPatience
from qa_service.knowledge.bank_watch import BankWatch
from qa_service.parts import Parts
from qa_service.schedule import start_scheduler
from qa_service.web.pages import mount_pages

_DESCRIPTION = "提问即得已审定的标准答复；没有答案的自动登记台账，并给出按工作日推算的办结日期。"


class Application(FastAPI):
    """A FastAPI app whose OpenAPI description is finished for its readers."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, made once."""
        return finish_openapi(super().openapi())


def create_app(parts: Parts) -> FastAPI:
    """The application on ``parts``, whose index has been opened."""
    app = Application(
        title="政策咨询问答库",
        description=_DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_run_schedule,
    )
    app.state.parts = parts
    mount_api(app)
    mount_pages(app)
    # Each one is put around those before: the headers are on every answer, errors too.
    uploads = {
        "/bank/import": IMPORT_BYTES,
        "/media": parts.settings.media_bytes + BODY_BYTES,
    }
    app.add_middleware(BodyLimit, uploads=uploads)
    app.add_middleware(BodyPatience)
    install_error_handlers(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observation)
    return app


@asynccontextmanager
async def _run_schedule(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    scheduler = start_scheduler(parts)
    watch = BankWatch(parts.database, parts.follower)
    watch.start()
    yield
    watch.stop()
    scheduler.shutdown(wait=True)
