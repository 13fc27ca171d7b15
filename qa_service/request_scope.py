"""Dependencies of routes: the services and one transaction per request."""

from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlmodel import Session

from qa_service.services import Services
from qa_service.storage.engine import session_scope

PREFIX_KEY = "qa_service.prefix"
"""Key of the path prefix, stated by the proxy or the settings, in the scope of a request."""


async def get_services(request: Request) -> Services:
    """Return the services; a coroutine, because a plain function would go through a thread."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(get_services)]


def get_session(services: ServicesDep) -> Iterator[Session]:
    """Yield the request's one write transaction; on SQLite its first statement locks."""
    with session_scope(services.database) as session:
        yield session


def get_read_session(services: ServicesDep) -> Iterator[Session]:
    """Yield a transaction that only reads and never waits for writers."""
    with session_scope(services.database, read_only=True) as session:
        yield session


# The scope of the function ends before the response is sent: a commit that fails
# reaches the caller as an error instead of following a success already reported.
WriteSession = Annotated[Session, Depends(get_session, scope="function")]
ReadSession = Annotated[Session, Depends(get_read_session, scope="function")]
