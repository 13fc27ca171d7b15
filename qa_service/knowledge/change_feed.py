"""The change feed: every publication and withdrawal once, in commit order.

The index revision is incremented before a change is written, and its row stays locked until
the transaction ends. Feed numbers are therefore assigned in commit order, and a reader that
has seen one number has missed no earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from qa_service.knowledge.models import PairChange, QAPair, QAVersion
from qa_service.outbox.events import BankChanged, PairPublished, PairWithdrawn
from qa_service.outbox.service import enqueue, enqueue_all
from qa_service.vocabulary import PairStatus

BATCH = 500
TOLD_ONE_BY_ONE = 1_000
"""Above this many changes in a transaction, one event refers other systems to the feed."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes, and the number after which the next begins."""

    items: Sequence[PairChange]
    next_after: int


def note_changes(
    session: Session, pair_ids: Sequence[int], *, revision: int, now: datetime
) -> None:
    """Add the current status of the pairs to the feed, and enqueue events for other systems.

    Ignores drafts.
    """
    changes: list[tuple[PairChange, str]] = []
    for start in range(0, len(pair_ids), BATCH):
        statement = (
            select(QAPair.id, QAPair.key, QAPair.status, QAVersion.number)
            .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
            .where(
                col(QAPair.id).in_(pair_ids[start : start + BATCH]),
                col(QAPair.status) != PairStatus.DRAFT,
            )
            .order_by(col(QAPair.id))
        )
        added = [
            (
                PairChange(
                    pair_id=pair_id or 0,
                    kind=_told_as(PairStatus(status)),
                    version=version,
                    revision=revision,
                    changed_at=now,
                ),
                key,
            )
            for pair_id, key, status, version in session.exec(statement).all()
        ]
        session.add_all([change for change, _ in added])
        session.flush()
        changes += added
    _enqueue_events(session, changes, now)


def list_changes(session: Session, *, after: int, limit: int) -> ChangePage:
    """Return the changes after a feed number, the oldest first."""
    statement = select(PairChange).where(col(PairChange.id) > after)
    found = session.exec(statement.order_by(col(PairChange.id)).limit(limit)).all()
    return ChangePage(found, found[-1].id or after if found else after)


def newest_change(session: Session) -> int:
    """Return the feed number of the newest change, 0 before the first."""
    return session.exec(select(func.max(PairChange.id))).one() or 0


def _told_as(status: PairStatus) -> PairStatus:
    """Return what mirrors are told of a status: a suspended pair must not be shown either."""
    return PairStatus.WITHDRAWN if status is PairStatus.SUSPENDED else status


def _enqueue_events(
    session: Session, changes: Sequence[tuple[PairChange, str]], now: datetime
) -> None:
    if len(changes) > TOLD_ONE_BY_ONE:
        since = min(change.id or 0 for change, _ in changes) - 1
        enqueue(session, BankChanged(since=since), now=now)
        return
    events: Mapping[PairStatus, type[PairPublished | PairWithdrawn]] = {
        PairStatus.PUBLISHED: PairPublished,
        PairStatus.WITHDRAWN: PairWithdrawn,
    }
    for kind, event in events.items():
        changed = [
            event(qa_id=change.pair_id, key=key, version=change.version, change=change.id or 0)
            for change, key in changes
            if change.kind is kind
        ]
        enqueue_all(session, changed, now=now)
