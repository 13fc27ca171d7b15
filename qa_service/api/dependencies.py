"""Authentication and authorisation of REST requests by API key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.acts import ACT_RULES, AnyAct
from qa_service.accounts.api_keys import KeyRefusedError, actor_of_key, find_key, require_scope
from qa_service.accounts.authority import Within
from qa_service.accounts.permissions import SCOPE_ROLES, Permission, require, units_for
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

_bearer = HTTPBearer(auto_error=False, description="系统密钥或个人密钥（qak_…）")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """The system or the person that sent a request, and the unit that limits the key, if any."""

    key_id: int
    actor: Actor
    unit_id: int | None

    @property
    def is_person(self) -> bool:
        """Whether the key is a person's own."""
        return self.actor.kind is ActorKind.PERSON

    def require(self, permission: Permission) -> None:
        """Raise NotPermittedError if a person's roles lack ``permission``.

        The scopes of a system's key have decided already.
        """
        if self.is_person:
            require(self.actor.authority, permission)

    def units(self, permission: Permission) -> Within:
        """Return the units whose records the caller has ``permission`` for; None for every unit."""
        if self.is_person:
            return units_for(self.actor.authority, permission)
        return None if self.unit_id is None else frozenset({self.unit_id})


@cache
def caller_with(
    *scopes: Scope,
) -> Callable[[Request, Services, HTTPAuthorizationCredentials | None], Caller]:
    """Return a dependency that yields the caller if the key has one of ``scopes``.

    It raises KeyRefusedError, ScopeMissingError or RateExceededError. It reads in a separate
    transaction, so that the route's own starts only when the route needs it.
    """

    def find_caller(request: Request, services: ServicesDep, credentials: _Credentials) -> Caller:
        if credentials is None:
            raise KeyRefusedError("请在 Authorization 请求头中提供密钥：Bearer qak_…")
        now = services.clock.now()
        with session_scope(services.database, read_only=True) as session:
            key = find_key(session, credentials.credentials, now=now)
            request.state.actor = actor_of_key(session, key)
            require_scope(key, *scopes)
            actor = _narrowed(request.state.actor, frozenset(scopes) - set(key.scopes))
            caller = Caller(key.id or 0, actor, key.unit_id)
            per_minute = key.per_minute
        services.rate_limiter.take(caller.key_id, per_minute)
        services.usage.note_key(caller.key_id, now)
        return caller

    return find_caller


@cache
def reader_with(permission: Permission, *scopes: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that yields a caller with one of ``scopes`` who may read.

    It raises what ``caller_with`` and ``Caller.require`` raise. Like ``caller_for`` it is
    asynchronous, because it only compares and would otherwise cost a thread.
    """

    async def admit(caller: Annotated[Caller, Depends(caller_with(*scopes))]) -> Caller:
        caller.require(permission)
        return caller

    return admit


@cache
def caller_for(act: AnyAct) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that yields a caller who may take ``act`` by the table of acts.

    It raises PersonKeyRequiredError and what ``reader_with`` raises.
    """
    rule = ACT_RULES[act]

    async def admit(caller: Annotated[Caller, Depends(caller_with(*rule.scopes))]) -> Caller:
        caller.actor.require_person(act)
        caller.require(rule.permission)
        return caller

    return admit


def _narrowed(actor: Actor, missing: frozenset[Scope]) -> Actor:
    """Return ``actor`` without the roles that count only with one of the ``missing`` scopes."""
    roles = frozenset(role for scope in missing for role in SCOPE_ROLES.get(scope, ()))
    return replace(actor, authority=actor.authority.without(roles)) if roles else actor
