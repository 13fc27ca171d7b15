"""Progress of the search for contradictions: pairs are compared once after every change."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, and_, col, or_, select

from qa_service.clock import beijing_day
from qa_service.knowledge.models import IndexRevision, QAPair, QAVersion, QuestionVariant
from qa_service.knowledge.pairs.overlap.contradictions import (
    Found,
    close_gone,
    compare_again,
    store_found,
)
from qa_service.knowledge.pairs.record.content import wording_key
from qa_service.retrieval.engine import RetrievalEngine

FILLED_AT_ONCE = 2_000


def next_to_compare(session: Session, *, up_to: int, limit: int) -> list[tuple[int, int]]:
    """Return the revision and id of at most ``limit`` pairs changed since they were compared.

    Only changes up to the revision ``up_to``, that of the index, in the order of the changes.
    """
    state = session.exec(select(IndexRevision)).one()
    revision = col(QAPair.revision)
    is_later = or_(
        revision > state.compared,
        and_(revision == state.compared, col(QAPair.id) > state.compared_pair),
    )
    statement = (
        select(QAPair.revision, QAPair.id)
        .where(is_later, revision > 0, revision <= up_to)
        .order_by(revision, col(QAPair.id))
        .limit(limit)
    )
    return [(number, pair_id) for number, pair_id in session.exec(statement).all() if pair_id]


def compare_pairs(
    session: Session, engine: RetrievalEngine, pair_ids: Sequence[int], *, now: datetime
) -> list[Found]:
    """Return the contradictions of these pairs with all others; writes nothing."""
    found: dict[tuple[int, int], Found] = {}
    for pair_id in pair_ids:
        for one in compare_again(session, engine, pair_id, day=beijing_day(now)):
            found[one.first_id, one.second_id] = one
    return list(found.values())


def store_compared(
    session: Session, compared: Sequence[tuple[int, int]], found: Sequence[Found], *, now: datetime
) -> int:
    """Store what the comparison of the pairs ``compared`` found; return the number of changes."""
    changed = store_found(session, found, now=now)
    changed += close_gone(session, [pair_id for _, pair_id in compared], found, now=now)
    revision, pair_id = compared[-1]
    session.execute(update(IndexRevision).values(compared=revision, compared_pair=pair_id))
    return changed


def fill_wording_keys(session: Session) -> int:
    """Give wordings of an earlier release their key, at most two batches; return how many."""
    questions = (
        select(QAPair.id, QAVersion.question)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(QAPair.wording_key == "")
        .limit(FILLED_AT_ONCE)
    )
    variants = (
        select(QuestionVariant.id, QuestionVariant.text)
        .where(QuestionVariant.wording_key == "")
        .limit(FILLED_AT_ONCE)
    )
    filled = 0
    for table, statement in ((QAPair, questions), (QuestionVariant, variants)):
        rows = [
            {"id": id_, "wording_key": wording_key(text)}
            for id_, text in session.exec(statement).all()
        ]
        if rows:
            session.execute(update(table), rows)
        filled += len(rows)
    return filled
