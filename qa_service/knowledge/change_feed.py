"""The feed of changes: every publish and withdrawal once, in the order of the commits.

The revision is raised before a change is written, and its row stays locked until the
transaction ends. Numbers of the feed are therefore given in the order of the commits: a
reader that has seen one has missed none before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, literal
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.knowledge.models import PairChange, QAPair, QAVersion
from qa_service.outbox.events import BankChanged, PairPublished, PairWithdrawn
from qa_service.outbox.service import enqueue, enqueue_all
from qa_service.storage.column_types import UTCDateTime
from qa_service.vocabulary import PairStatus

BATCH = 500
TOLD_ONE_BY_ONE = 1_000
"""More changes of one transaction are told as one event that points to the feed."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes after a number, and the number to go on after."""

    items: Sequence[PairChange]
    next_after: int


def note_changes(
    session: Session, pair_ids: Sequence[int], *, revision: int, now: datetime
) -> None:
    """Write down how the pairs stand now, for the feed and for the other systems' events."""
    newest = _newest(session)
    for start in range(0, len(pair_ids), BATCH):
        changed = (
            sa_select(
                col(QAPair.id),
                col(QAPair.status),
                col(QAVersion.number),
                literal(revision),
                literal(now, UTCDateTime()),
            )
            .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
            .where(
                col(QAPair.id).in_(pair_ids[start : start + BATCH]),
                col(QAPair.status) != PairStatus.DRAFT,
            )
            .order_by(col(QAPair.id))
        )
        columns = ["pair_id", "kind", "version", "revision", "changed_at"]
        session.execute(insert(PairChange).from_select(columns, changed))
    _tell(session, newest, now)


def list_changes(session: Session, *, after: int, limit: int) -> ChangePage:
    """The changes after a number of the feed, the earliest first."""
    statement = select(PairChange).where(col(PairChange.id) > after)
    found = session.exec(statement.order_by(col(PairChange.id)).limit(limit)).all()
    return ChangePage(found, found[-1].id or after if found else after)


def _tell(session: Session, after: int, now: datetime) -> None:
    columns = (PairChange.id, PairChange.pair_id, PairChange.kind, PairChange.version, QAPair.key)
    rows = session.execute(
        sa_select(*(col(column) for column in columns))
        .join(QAPair, col(QAPair.id) == PairChange.pair_id)
        .where(col(PairChange.id) > after)
        .order_by(col(PairChange.id))
        .limit(TOLD_ONE_BY_ONE + 1)
    ).all()
    if len(rows) > TOLD_ONE_BY_ONE:
        enqueue(session, BankChanged(since=after), now=now)
        return
    events: Mapping[PairStatus, type[PairPublished | PairWithdrawn]] = {
        PairStatus.PUBLISHED: PairPublished,
        PairStatus.WITHDRAWN: PairWithdrawn,
    }
    for kind, event in events.items():
        changed = [
            event(qa_id=pair_id, key=key, version=version, change=id_)
            for id_, pair_id, told, version, key in rows
            if told is kind
        ]
        enqueue_all(session, changed, now=now)


def _newest(session: Session) -> int:
    return session.exec(select(func.max(PairChange.id))).one() or 0
