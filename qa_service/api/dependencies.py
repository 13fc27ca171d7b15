"""What routes are given: the services, a transaction, and the holder of the key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from qa_service.accounts.api_keys import KeyRefusedError, find_key, require_scope
from qa_service.accounts.authority import Authority, Within
from qa_service.accounts.permissions import SCOPE_ROLES
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

ACTOR_CHARACTERS = 64
"""What the columns that say who did something can hold."""

_bearer = HTTPBearer(auto_error=False, description="管理员发放的密钥（qak_…）")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def get_services(request: Request) -> Services:
    """The services of this service; a coroutine, because plain functions go through a thread."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(get_services)]


def get_session(services: ServicesDep) -> Iterator[Session]:
    """The request's one transaction; on SQLite its first statement takes the write lock."""
    with session_scope(services.database) as session:
        yield session


def get_read_session(services: ServicesDep) -> Iterator[Session]:
    """A transaction that only reads and never waits for writers."""
    with session_scope(services.database, read_only=True) as session:
        yield session


# The scope of the function ends before the response is sent: a commit that fails
# reaches the caller as an error instead of following a success already told.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
ReadSessionDep = Annotated[Session, Depends(get_read_session, scope="function")]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key came with the request."""

    key_id: int
    name: str
    scopes: frozenset[Scope]
    unit_id: int | None

    @property
    def actor(self) -> str:
        """The caller's name in logs of who did what."""
        return f"api:{self.name}"[:ACTOR_CHARACTERS]

    @property
    def within(self) -> Within:
        """The one unit for which the key stands; None for every unit."""
        return None if self.unit_id is None else frozenset({self.unit_id})

    @property
    def authority(self) -> Authority:
        """As whom the caller's software moves entries."""
        roles = (role for scope in self.scopes for role in SCOPE_ROLES.get(scope, ()))
        return Authority(dict.fromkeys(roles, self.within))


@cache
def caller_with(
    *scopes: Scope,
) -> Callable[[Services, HTTPAuthorizationCredentials | None], Caller]:
    """A dependency: the caller, if the key may be used for one of ``scopes``.

    It raises KeyRefusedError or ScopeMissingError, and reads in a transaction of its own
    so that the request's transaction starts only when the route wants it to.
    """

    def find_caller(services: ServicesDep, credentials: _Credentials) -> Caller:
        if credentials is None:
            raise KeyRefusedError("请在 Authorization 请求头中提供密钥：Bearer qak_…")
        now = services.clock.now()
        with session_scope(services.database, read_only=True) as session:
            key = find_key(session, credentials.credentials, now=now)
            require_scope(key, *scopes)
            held = frozenset(key.scopes)
            caller = Caller(key.id or 0, key.name, held, key.unit_id)
            per_minute = key.per_minute
        services.rate_limiter.take(caller.key_id, per_minute)
        services.usage.note_key(caller.key_id, now)
        return caller

    return find_caller
