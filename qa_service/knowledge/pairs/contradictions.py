"""The work list of contradictions (口径冲突): a scan finds them, a person resolves each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import Contradiction
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.near_duplicates import disagreements, near_duplicates
from qa_service.knowledge.pairs.queries import PairView
from qa_service.progress import Progress
from qa_service.retrieval.engine import RetrievalEngine

OUTCOME_CHARACTERS = 500


class ContradictionNotFoundError(NotFoundError):
    """No contradiction has this id."""

    code = "contradiction_not_found"
    title = "没有这项口径冲突"


class ContradictionResolvedError(ConflictError):
    """The contradiction is already resolved."""

    code = "contradiction_settled"
    title = "口径冲突已处理"


class UnexplainedContradictionError(InvalidInputError):
    """The note on how a contradiction was resolved is missing or too long."""

    code = "unexplained_contradiction"
    title = "请说明处理结果"


@dataclass(frozen=True, slots=True)
class BothSides:
    """A contradiction with the two pairs as they are now."""

    contradiction: Contradiction
    first: PairView
    second: PairView


@dataclass(frozen=True, slots=True)
class Found:
    """Two pairs, by id, and the points on which their answers disagree."""

    first_id: int
    second_id: int
    differences: tuple[str, ...]


def scan(
    session: Session, engine: RetrievalEngine, *, now: datetime, progress: Progress
) -> list[Found]:
    """Return every contradiction among the published pairs; writes nothing.

    Each pair's question is asked of the index: about 20 ms a pair.
    """
    ids = published_ids(session)
    found = []
    for done, pair_id in enumerate(ids, start=1):
        (ours,) = queries.view_pairs(session, [pair_id], day=beijing_day(now))
        near = near_duplicates(engine, ours.content.question, besides=pair_id)
        later = [one.pair_id for one in near if one.pair_id > pair_id]
        for theirs in queries.view_pairs(session, later, day=beijing_day(now)):
            differences = disagreements(ours.content, theirs.content)
            if differences:
                found.append(Found(pair_id, theirs.pair_id, differences))
        progress(done, len(ids))
    return found


def store_found(session: Session, found: Sequence[Found], *, now: datetime) -> int:
    """Store contradictions that are new or differ from what is listed; returns how many."""
    known = {
        (one.first_id, one.second_id): one for one in session.exec(select(Contradiction)).all()
    }
    added = 0
    for one in found:
        held = known.get((one.first_id, one.second_id))
        if held is not None and held.differences == list(one.differences):
            continue
        held = held or Contradiction(first_id=one.first_id, second_id=one.second_id, found_at=now)
        held.differences, held.found_at = list(one.differences), now
        held.settled_at = held.settled_by = held.outcome = None
        held.settled_by_person_id = held.settled_by_key_id = None
        session.add(held)
        added += 1
    session.flush()
    return added


def open_contradictions(session: Session, *, now: datetime, limit: int = 50) -> list[BothSides]:
    """Return at most ``limit`` open contradictions of pairs that are not withdrawn, with both."""
    statement = (
        select(Contradiction)
        .where(col(Contradiction.settled_at).is_(None))
        .order_by(col(Contradiction.id))
    )
    held = session.exec(statement).all()
    ids = {pair_id for one in held for pair_id in (one.first_id, one.second_id)}
    views = {view.pair_id: view for view in queries.view_pairs(session, ids, day=beijing_day(now))}
    sides = (BothSides(one, views[one.first_id], views[one.second_id]) for one in held)
    return [one for one in sides if one.first.showable and one.second.showable][:limit]


def resolve(
    session: Session, contradiction_id: int, outcome: str, *, by: Actor, now: datetime
) -> None:
    """Mark a contradiction as resolved, with a note on how.

    Raises ContradictionNotFoundError, ContradictionResolvedError or UnexplainedContradictionError.
    """
    held = session.get(Contradiction, contradiction_id)
    if held is None:
        raise ContradictionNotFoundError(f"没有编号为 {contradiction_id} 的口径冲突")
    if held.settled_at is not None:
        raise ContradictionResolvedError(f"已由 {held.settled_by} 处理：{held.outcome}")
    outcome = outcome.strip()
    if not outcome or len(outcome) > OUTCOME_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_CHARACTERS} 个字说明处理结果"
        raise UnexplainedContradictionError(message, problems=(FieldProblem("outcome", message),))
    held.settled_at, held.outcome = now, outcome
    held.settled_by, held.settled_by_person_id, held.settled_by_key_id = by.recorded
    session.add(held)
    session.flush()
