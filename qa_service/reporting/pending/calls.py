"""Pending work of operators: questions of today without an outcome, and corrections to tell."""

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.permissions import Permission, is_permitted, units_for
from qa_service.clock import beijing_midnight
from qa_service.consultation.callbacks.correction_callbacks import affected_callers
from qa_service.consultation.queries import count_unhandled, unhandled_consultations
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch

SHOWN = 50


def unhandled(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the actor's questions of today that were neither told nor registered."""
    if actor.person_id is None or not is_permitted(actor.authority, Permission.CONSULT):
        return None
    kind, since = PendingKind.UNHANDLED, beijing_midnight(watch.today)
    count = count_unhandled(session, actor=actor, since=since)
    if not watch.lists:
        return PendingSection(kind, count)
    found = unhandled_consultations(session, actor=actor, since=since, limit=SHOWN)
    items = (PendingItem(kind, one.id, one.question, one.verdict.label) for one in found)
    return PendingSection(kind, count, tuple(items))


def correction_calls(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the askers who were told an answer that has changed since.

    None where the look is to be quick: every answer told in months is compared.
    """
    if watch.is_quick or not is_permitted(actor.authority, Permission.CALL_BACK):
        return None
    kind, within = PendingKind.CORRECTION_CALLS, units_for(actor.authority, Permission.CALL_BACK)
    found = affected_callers(session, now=watch.now, days=watch.callback_days, within=within)
    items = tuple(
        PendingItem(kind, one.consultation_id, one.question, f"曾告知：{one.pair_question}")
        for one in found[:SHOWN]
    )
    return PendingSection(kind, len(found), items)
