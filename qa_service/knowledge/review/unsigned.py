"""Imported pairs that the district has not signed (未经本单位审校), as one person sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.errors import ConflictError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.questions import question_of
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.progress import Involved, ReviewState, adoption_states, why_not
from qa_service.knowledge.review_models import PairReading
from qa_service.vocabulary import PairStatus, Stage

BATCH_PAIRS = 50
"""Most pairs signed in one batch."""


class NotAdoptableError(ConflictError):
    """The pair is signed already, is not published, or was changed since it was shown."""

    code = "not_adoptable"
    title = "不需要启用审校"


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """The pairs of one unit that came by an import: all, and those the district has signed."""

    unit_id: int
    key: str
    name: str
    total: int
    signed: int


@dataclass(frozen=True, slots=True)
class UnsignedPair:
    """An unsigned pair as one person sees it; ``refusals`` tell what they may not sign."""

    pair_id: int
    key: str
    question: str
    state: ReviewState
    is_read: bool
    refusals: dict[Stage, str | None]

    @property
    def signable(self) -> tuple[Stage, ...]:
        """Return the stages that the person may sign now."""
        return tuple(stage for stage, refusal in self.refusals.items() if refusal is None)


def unit_progress(session: Session, *, within: Within = None) -> list[UnitProgress]:
    """Return the progress of every unit with published pairs that were imported, by name."""
    # Counted before the units are read, so that the index is enough.
    counted = (
        select(QAPair.unit_id, func.count(), func.count(col(QAPair.adopted_from)))
        .where(QAPair.status == PairStatus.PUBLISHED, col(QAPair.is_imported))
        .group_by(col(QAPair.unit_id))
    )
    if within is not None:
        counted = counted.where(col(QAPair.unit_id).in_(within))
    numbers = {unit_id: (total, left) for unit_id, total, left in session.exec(counted).all()}
    units = select(Unit).where(col(Unit.id).in_(numbers)).order_by(col(Unit.name))
    return [
        UnitProgress(unit.id, unit.key, unit.name, total, total - unsigned)
        for unit in session.exec(units).all()
        if unit.id is not None
        for total, unsigned in (numbers[unit.id],)
    ]


def unsigned_pairs(
    session: Session,
    unit_id: int,
    *,
    by: Actor,
    table: StageTable,
    after: int = 0,
    limit: int = BATCH_PAIRS,
) -> list[UnsignedPair]:
    """Return at most ``limit`` unsigned pairs of a unit, by id, as ``by`` may sign them."""
    statement = (
        select(QAPair)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            col(QAPair.adopted_from).is_not(None),
            QAPair.unit_id == unit_id,
            col(QAPair.id) > after,
        )
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    pairs = session.exec(statement).all()
    read = readings(session, [stored_id(pair) for pair in pairs], by)
    states = adoption_states(session, pairs, table=table)
    return [
        _unsigned_pair(session, pair, read.get(stored_id(pair)), state, involved, by=by)
        for pair, (state, involved) in zip(pairs, states, strict=True)
    ]


def find_unsigned(session: Session, pair_id: int, *, by: Actor, table: StageTable) -> UnsignedPair:
    """Return one unsigned pair; raises PairNotFoundError or NotAdoptableError."""
    pair = adoptable(session, pair_id)
    read = readings(session, [pair_id], by)
    ((state, involved),) = adoption_states(session, [pair], table=table)
    return _unsigned_pair(session, pair, read.get(pair_id), state, involved, by=by)


def next_unread(session: Session, pair: QAPair, *, by: Actor, table: StageTable) -> int | None:
    """Return the id of the next unsigned pair of the unit that ``by`` has not read, or None."""
    rows = unsigned_pairs(
        session, pair.unit_id, by=by, table=table, after=stored_id(pair), limit=BATCH_PAIRS
    )
    return next((row.pair_id for row in rows if not row.is_read), None)


def is_unsigned(pair: QAPair) -> bool:
    """Return whether the pair is published and the district has not signed it."""
    return pair.status is PairStatus.PUBLISHED and pair.adopted_from is not None


def adoptable(session: Session, pair_id: int) -> QAPair:
    """Return the pair if its published version is unsigned; raises NotAdoptableError."""
    pair = find_pair(session, pair_id)
    if not is_unsigned(pair):
        raise NotAdoptableError(f"“{question_of(session, pair)}”已由本单位审校，或没有发布")
    return pair


def _unsigned_pair(
    session: Session,
    pair: QAPair,
    read_hash: str | None,
    state: ReviewState,
    involved: Involved,
    *,
    by: Actor,
) -> UnsignedPair:
    """Return an unsigned pair as ``by`` sees it."""
    return UnsignedPair(
        pair_id=stored_id(pair),
        key=pair.key,
        question=state.version.question,
        state=state,
        is_read=read_hash == state.seen_hash,
        refusals={
            stage: why_not(session, pair, state, stage, by, involved) for stage in state.next_stages
        },
    )


def readings(session: Session, pair_ids: Sequence[int], by: Actor) -> dict[int, str]:
    """Return the hash of what ``by`` has last read of each pair, by its id."""
    if by.person_id is None:
        return {}
    statement = select(PairReading.pair_id, PairReading.seen_hash).where(
        PairReading.person_id == by.person_id, col(PairReading.pair_id).in_(pair_ids)
    )
    return dict(session.exec(statement).all())
