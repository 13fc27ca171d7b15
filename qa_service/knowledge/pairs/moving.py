"""Moves every pair of a unit or a policy area to another one, when the two are merged.

The version in force and the one in work follow; earlier versions keep what they said.
Signatures stay, because the wording that was signed stays.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from qa_service.knowledge.change_feed import note_changes
from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.pairs.service import BANK
from qa_service.knowledge.revision import raise_revision
from qa_service.knowledge.upkeep_models import ReworkTask, Topic
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AreaKey, PairStatus

BATCH = 500
"""Pairs written in one statement."""


def move_pairs_of_unit(session: Session, unit_id: int, into_id: int, *, now: datetime) -> int:
    """Move all pairs, open rework tasks and policy documents of a unit; return how many pairs."""
    lock_for_transaction(session, BANK)
    moved = _move(session, col(QAPair.unit_id) == unit_id, {"unit_id": into_id}, now)
    tasks = update(ReworkTask).where(
        col(ReworkTask.unit_id) == unit_id, col(ReworkTask.closed_at).is_(None)
    )
    session.execute(tasks.values(unit_id=into_id))
    owned = update(PolicyDocument).where(col(PolicyDocument.unit_id) == unit_id)
    session.execute(owned.values(unit_id=into_id))
    return moved


def move_pairs_of_area(session: Session, area: AreaKey, into: AreaKey, *, now: datetime) -> int:
    """Move all pairs and topics of an area; return how many pairs there were."""
    lock_for_transaction(session, BANK)
    moved = _move(session, col(QAPair.area) == area, {"area": into}, now)
    session.execute(update(Topic).where(col(Topic.area) == area).values(area=into))
    return moved


def _move(
    session: Session, concerned: ColumnElement[bool], values: dict[str, object], now: datetime
) -> int:
    ids = [found for found in session.exec(select(QAPair.id).where(concerned)).all() if found]
    if not ids:
        return 0
    searched = _published(session, concerned)
    revision = raise_revision(session) if searched else None
    for start in range(0, len(ids), BATCH):
        _write(session, ids[start : start + BATCH], values, now)
    if revision is not None:
        for start in range(0, len(searched), BATCH):
            pairs = update(QAPair).where(col(QAPair.id).in_(searched[start : start + BATCH]))
            session.execute(pairs.values(revision=revision))
        note_changes(session, searched, revision=revision, now=now)
    return len(ids)


def _published(session: Session, concerned: ColumnElement[bool]) -> list[int]:
    statement = select(QAPair.id).where(concerned, QAPair.status == PairStatus.PUBLISHED)
    return [found for found in session.exec(statement).all() if found]


def _write(session: Session, ids: Sequence[int], values: dict[str, object], now: datetime) -> None:
    of_pairs = col(QAPair.id).in_(ids)
    in_force = (
        select(QAVersion.id)
        .join(
            QAPair,
            or_(
                col(QAVersion.id) == QAPair.current_version_id,
                col(QAVersion.id) == QAPair.draft_version_id,
            ),
        )
        .where(of_pairs)
    )
    versions = session.exec(in_force).all()
    session.execute(update(QAVersion).where(col(QAVersion.id).in_(versions)).values(**values))
    session.execute(update(QAPair).where(of_pairs).values(**values, updated_at=now))
