"""Whose move a request is: the roles of the caller's key, in the name of a person."""

from datetime import datetime

from qa_service.api.dependencies import ACTOR_CHARACTERS, Caller
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.workflow.transitions import Actor


def actor_of(caller: Caller, by: str | None) -> Actor:
    """The caller as one who moves entries; ``by`` is the person its software acts for."""
    name = f"{caller.actor}/{by}" if by else caller.actor
    return Actor(name[:ACTOR_CHARACTERS], caller.authority)


def step_of(
    caller: Caller, *, by: str | None, now: datetime, version: int | None, reason: str = ""
) -> Command:
    """The move of the caller."""
    return Command(actor_of(caller, by), now, version, reason)
