"""Pending work that the watch over consultations gives: alarms, verdicts changed overnight."""

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.permissions import Permission, is_permitted
from qa_service.consultation.watch.alarms import unseen_alarms
from qa_service.consultation.watch.nightly_replay import unseen_run
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch

SHOWN = 50


def alarms(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the alarms of emerging topics that nobody has dealt with."""
    if not is_permitted(actor.authority, Permission.READ_GAPS):
        return None
    found = unseen_alarms(session, today=watch.today)
    kind = PendingKind.ALARMS
    items = tuple(
        PendingItem(
            kind,
            "",
            f"{one.day.isoformat()} {one.kind.label}：{one.count} 次，通常 {one.expected:.1f} 次",
        )
        for one in found[:SHOWN]
    )
    return PendingSection(kind, len(found), items)


def changed_verdicts(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return one line on the questions whose verdict changed in the newest replay."""
    if not is_permitted(actor.authority, Permission.READ_GAPS):
        return None
    run = unseen_run(session)
    kind = PendingKind.CHANGED_VERDICTS
    if run is None:
        return None
    text = f"重放 {run.asked} 个问题，{run.changed} 个的判定或首条答复与当时不同，请核对"
    return PendingSection(kind, 1, (PendingItem(kind, "", text),))
