"""Whose move a request is: the roles of the caller's key, in the name of a person."""

from datetime import datetime

from qa_service.accounts.models import Role
from qa_service.accounts.permissions import SCOPE_ROLES
from qa_service.api.dependencies import ACTOR_CHARACTERS, Caller
from qa_service.ledger.moves import Actor
from qa_service.ledger.recording import Step


def actor_of(caller: Caller, by: str | None) -> Actor:
    """The caller as one who moves entries; ``by`` is the person its software acts for."""
    name = f"{caller.actor}/{by}" if by else caller.actor
    roles = frozenset[Role]().union(
        *(SCOPE_ROLES.get(scope, frozenset()) for scope in caller.scopes)
    )
    return Actor(
        name=name[:ACTOR_CHARACTERS],
        roles=roles,
        unit_id=caller.unit_id,
        any_unit=caller.unit_id is None,
    )


def step_of(
    caller: Caller, *, by: str | None, now: datetime, version: int | None, reason: str = ""
) -> Step:
    """The move of the caller."""
    return Step(actor_of(caller, by), now, version, reason)
