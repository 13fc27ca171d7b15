"""Contradictions between pairs (口径冲突): found by a scan, resolved one by one by staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BindParameter, Date, Integer, bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.users import name_of
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.overlap.overlaps import Overlap, find_overlaps
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.upkeep_models import Contradiction, ContradictionKind
from qa_service.progress import Progress
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import PairStatus

OUTCOME_CHARACTERS = 500

CONTESTED = "另有一条答复与此不一致，正在核对"
"""Told with a candidate that has an open contradiction."""

NO_LONGER = "修改后不再重复或不一致"

_PAIR_IDS: BindParameter[int] = bindparam("pair_ids", expanding=True, type_=Integer)
_DAY = bindparam("day", type_=Date)
# Made once: every search runs them, and making one takes longer than running it. They are two,
# because SQLite begins a join with a table of pairs and reads all that are published.
_OPEN = sa_select(col(Contradiction.first_id), col(Contradiction.second_id)).where(
    col(Contradiction.settled_at).is_(None),
    or_(
        col(Contradiction.first_id).in_(_PAIR_IDS),
        col(Contradiction.second_id).in_(_PAIR_IDS),
    ),
)
_IN_USE = sa_select(col(QAPair.id)).where(
    col(QAPair.id).in_(_PAIR_IDS),
    col(QAPair.status) == PairStatus.PUBLISHED,
    col(QAPair.effective_from) <= _DAY,
    or_(col(QAPair.expires_on).is_(None), col(QAPair.expires_on) >= _DAY),
)


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
    """A contradiction with the current views of both pairs."""

    contradiction: Contradiction
    first: PairView
    second: PairView


@dataclass(frozen=True, slots=True)
class Found:
    """Two pairs, the lower id first, with the versions compared and what they overlap in."""

    first_id: int
    second_id: int
    first_version: int
    second_version: int
    kind: ContradictionKind
    differences: tuple[str, ...]


def scan(
    session: Session, engine: RetrievalEngine, *, now: datetime, progress: Progress
) -> list[Found]:
    """Return every contradiction among the published pairs; writes nothing."""
    ids = published_ids(session)
    found: dict[tuple[int, int], Found] = {}
    for done, pair_id in enumerate(ids, start=1):
        for one in contradictions_of(session, engine, pair_id, day=beijing_day(now)):
            found.setdefault((one.first_id, one.second_id), one)
        progress(done, len(ids))
    return list(found.values())


def contradictions_of(
    session: Session, engine: RetrievalEngine, pair_id: int, *, day: date
) -> list[Found]:
    """Return the contradictions of one pair with others; none unless it is published."""
    views = queries.view_pairs(session, [pair_id], day=day)
    if not views or views[0].status is not PairStatus.PUBLISHED:
        return []
    ours = views[0]
    overlaps = find_overlaps(session, engine, ours.content, day=day, besides=pair_id)
    return [_found(pair_id, ours.version, one) for one in overlaps if one.kind is not None]


def compare_again(
    session: Session, engine: RetrievalEngine, pair_id: int, *, day: date
) -> list[Found]:
    """Return the contradictions of one pair, searched for from the other side of open ones too."""
    own = contradictions_of(session, engine, pair_id, day=day)
    found = {(one.first_id, one.second_id): one for one in own}
    for held in _stored_with(session, [pair_id]):
        sides = (held.first_id, held.second_id)
        if held.settled_at is None and sides not in found:
            other = sides[0] if sides[1] == pair_id else sides[1]
            for one in contradictions_of(session, engine, other, day=day):
                found.setdefault((one.first_id, one.second_id), one)
    return list(found.values())


def _found(pair_id: int, version: int, overlap: Overlap) -> Found:
    """Return a pair's overlap with another one, the lower id first."""
    sides = sorted(((pair_id, version), (overlap.pair_id, overlap.version)))
    (first, first_version), (second, second_version) = sides
    kind = overlap.kind or ContradictionKind.ANSWERS
    return Found(first, second, first_version, second_version, kind, overlap.differences)


def store_found(session: Session, found: Sequence[Found], *, now: datetime) -> int:
    """Store contradictions that are new or compare other versions; return the number stored.

    One that was resolved is opened again when a version or what the two overlap in changed.
    """
    known = {(one.first_id, one.second_id): one for one in _stored_with(session, _ids_of(found))}
    added = 0
    for one in found:
        held = known.get((one.first_id, one.second_id))
        if held is not None and _is_the_same(held, one):
            held.first_version, held.second_version = one.first_version, one.second_version
            session.add(held)
            continue
        held = held or Contradiction(first_id=one.first_id, second_id=one.second_id, found_at=now)
        held.first_version, held.second_version = one.first_version, one.second_version
        held.kind, held.differences, held.found_at = one.kind, list(one.differences), now
        held.settled_at = held.settled_by = held.outcome = None
        held.settled_by_person_id = held.settled_by_key_id = None
        session.add(held)
        added += 1
    session.flush()
    return added


def close_gone(
    session: Session, pair_ids: Iterable[int], found: Sequence[Found], *, now: datetime
) -> int:
    """Settle the open contradictions of compared pairs that were not found again; return how many.

    Those with a pair that is not published stay: nothing is told of it, and it may come back.
    """
    still = {(one.first_id, one.second_id) for one in found}
    published = set(published_ids(session))
    gone = [
        held
        for held in _stored_with(session, pair_ids)
        if held.settled_at is None
        and (held.first_id, held.second_id) not in still
        and {held.first_id, held.second_id} <= published
    ]
    for held in gone:
        _settle(held, NO_LONGER, by=CLOCKWORK, now=now)
        session.add(held)
    session.flush()
    return len(gone)


def contested_ids(session: Session, pair_ids: Sequence[int], *, day: date) -> frozenset[int]:
    """Return those of ``pair_ids`` with an open contradiction to a pair in use on ``day``."""
    if not pair_ids:
        return frozenset()
    found = read_columns(session, _OPEN, {"pair_ids": list(pair_ids)}).all()
    sides = sorted({pair_id for both in found for pair_id in both})
    if not sides:
        return frozenset()
    in_use = set(read_columns(session, _IN_USE, {"pair_ids": sides, "day": day}).scalars())
    return frozenset(pair_id for both in found if in_use.issuperset(both) for pair_id in both)


def open_contradictions(session: Session, *, now: datetime, limit: int = 50) -> list[BothSides]:
    """Return at most ``limit`` open contradictions between pairs that are not withdrawn."""
    return _open(session, now)[:limit]


def _open(session: Session, now: datetime) -> list[BothSides]:
    statement = (
        select(Contradiction)
        .where(col(Contradiction.settled_at).is_(None))
        .order_by(col(Contradiction.id))
    )
    held = session.exec(statement).all()
    ids = {pair_id for one in held for pair_id in (one.first_id, one.second_id)}
    views = {view.pair_id: view for view in queries.view_pairs(session, ids, day=beijing_day(now))}
    sides = (BothSides(one, views[one.first_id], views[one.second_id]) for one in held)
    return [one for one in sides if one.first.showable and one.second.showable]


def count_open(session: Session, *, now: datetime) -> int:
    """Return the number of open contradictions between pairs that are not withdrawn."""
    return len(_open(session, now))


def resolve(
    session: Session, contradiction_id: int, outcome: str, *, by: Actor, now: datetime
) -> None:
    """Mark a contradiction as resolved, with the note ``outcome``.

    Raises ContradictionNotFoundError, ContradictionResolvedError or UnexplainedContradictionError.
    """
    held = session.get(Contradiction, contradiction_id)
    if held is None:
        raise ContradictionNotFoundError(f"没有编号为 {contradiction_id} 的口径冲突")
    if held.settled_at is not None:
        settled_by = name_of(session, held.settled_by, held.settled_by_person_id)
        raise ContradictionResolvedError(f"已由 {settled_by} 处理：{held.outcome}")
    _settle(held, _checked_outcome(outcome), by=by, now=now)
    session.add(held)
    session.flush()


def keep_both(
    session: Session,
    pair_id: int,
    version: int,
    overlap: Overlap,
    outcome: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Record why a version that is not published yet and another pair may both stay.

    ``overlap`` is that of the version with the other pair; other versions of either are
    compared again. Raises UnexplainedContradictionError.
    """
    outcome = _checked_outcome(outcome)
    found = _found(pair_id, version, overlap)
    store_found(session, [found], now=now)
    for held in _stored_with(session, [found.first_id]):
        if held.second_id == found.second_id:
            _settle(held, outcome, by=by, now=now)
            session.add(held)
    session.flush()


def _checked_outcome(outcome: str) -> str:
    """Return the note without outer spaces; raises UnexplainedContradictionError."""
    outcome = outcome.strip()
    if not outcome or len(outcome) > OUTCOME_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_CHARACTERS} 个字说明处理结果"
        raise UnexplainedContradictionError(message, problems=(FieldProblem("outcome", message),))
    return outcome


def _settle(held: Contradiction, outcome: str, *, by: Actor, now: datetime) -> None:
    held.settled_at, held.outcome = now, outcome
    held.settled_by, held.settled_by_person_id, held.settled_by_key_id = by.recorded


def _is_the_same(held: Contradiction, found: Found) -> bool:
    """Return whether a stored contradiction is the one found: nothing new has to be said."""
    # Of an earlier release (version 0) the versions are not known.
    versions = {held.first_version, held.second_version}
    is_current = versions == {0} or (held.first_version, held.second_version) == (
        found.first_version,
        found.second_version,
    )
    # A search from the other side may find fewer of them.
    return is_current and set(found.differences) <= set(held.differences)


def _ids_of(found: Sequence[Found]) -> set[int]:
    return {one.first_id for one in found}


def _stored_with(session: Session, pair_ids: Iterable[int]) -> Sequence[Contradiction]:
    """Return the stored contradictions that one of the pairs is a side of."""
    ids = list(pair_ids)
    first, second = col(Contradiction.first_id), col(Contradiction.second_id)
    statement = select(Contradiction).where(or_(first.in_(ids), second.in_(ids)))
    return session.exec(statement).all()
