"""Authentication of REST requests by API key."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qa_service.accounts.actor import Actor
from qa_service.accounts.api_keys import KeyRefusedError, find_key, require_scope
from qa_service.accounts.authority import Within
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

_bearer = HTTPBearer(auto_error=False, description="管理员发放的密钥（qak_…）")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """The system that sent a request, and the unit to which its key is limited, if any."""

    key_id: int
    actor: Actor
    unit_id: int | None

    @property
    def within(self) -> Within:
        """Ids of the units to which the key gives access; None for every unit."""
        return None if self.unit_id is None else frozenset({self.unit_id})


@cache
def caller_with(
    *scopes: Scope,
) -> Callable[[Services, HTTPAuthorizationCredentials | None], Caller]:
    """Return a dependency that yields the caller if the key has one of ``scopes``.

    It raises KeyRefusedError, ScopeMissingError or RateExceededError. It reads in a separate
    transaction, so that the route's own starts only when the route needs it.
    """

    def find_caller(services: ServicesDep, credentials: _Credentials) -> Caller:
        if credentials is None:
            raise KeyRefusedError("请在 Authorization 请求头中提供密钥：Bearer qak_…")
        now = services.clock.now()
        with session_scope(services.database, read_only=True) as session:
            key = find_key(session, credentials.credentials, now=now)
            require_scope(key, *scopes)
            caller = Caller(key.id or 0, Actor.of_key(key), key.unit_id)
            per_minute = key.per_minute
        services.rate_limiter.take(caller.key_id, per_minute)
        services.usage.note_key(caller.key_id, now)
        return caller

    return find_caller
