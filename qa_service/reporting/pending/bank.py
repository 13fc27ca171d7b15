"""Pending work of editors on the whole bank: contradictions, gaps, pairs that end soon."""

from datetime import timedelta

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.permissions import Permission, is_permitted
from qa_service.consultation.gaps import GAP_DAYS, count_unanswered
from qa_service.knowledge.pairs.overlap.contradictions import count_open, open_contradictions
from qa_service.knowledge.pairs.upcoming import count_due
from qa_service.knowledge.policies.annual_review import DAYS_AHEAD
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch

SHOWN = 50


def contradictions(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the open contradictions between published pairs."""
    if not is_permitted(actor.authority, Permission.SETTLE_CONTRADICTIONS):
        return None
    kind = PendingKind.CONTRADICTIONS
    count = count_open(session, now=watch.now)
    if not watch.lists or not count:
        return PendingSection(kind, count)
    items = tuple(
        PendingItem(kind, str(one.contradiction.id), one.first.content.question, "口径冲突")
        for one in open_contradictions(session, now=watch.now, limit=SHOWN)
    )
    return PendingSection(kind, count, items)


def gaps(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return one line on the questions of the last month that the bank did not answer."""
    if not is_permitted(actor.authority, Permission.KEEP_MATTERS):
        return None
    count = count_unanswered(session, since=watch.now - timedelta(days=GAP_DAYS))
    text = f"最近 {GAP_DAYS} 天有 {count} 次咨询在库中没有答案，请起草问答"
    return _one_line(PendingKind.GAPS, text, count)


def ending_soon(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return one line on the published pairs of the bank whose day has come or comes soon."""
    if not is_permitted(actor.authority, Permission.KEEP_MATTERS):
        return None
    count = count_due(session, day=watch.today)
    text = f"全库有 {count} 条问答已到或 {DAYS_AHEAD} 天内到复核日期、失效日期，请督促承办单位"
    return _one_line(PendingKind.ENDING_SOON, text, count)


def _one_line(kind: PendingKind, text: str, count: int) -> PendingSection:
    items = (PendingItem(kind, "", text),) if count else ()
    return PendingSection(kind, len(items), items)
