"""Adoption of imported pairs (起步库启用): read one by one, signed in batches by stage.

A pair that was published by an import is told with the mark 未经本单位审校 until every stage of
the table has signed the version. A batch holds only pairs whose present content the signer has
read; reading is recorded by the hash of the content.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair, audit_subject, stored_id
from qa_service.knowledge.pairs.questions import question_of, questions_of
from qa_service.knowledge.pairs.service import BANK, find_pair
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.prechecks import check_published
from qa_service.knowledge.review.progress import (
    Involved,
    ReviewState,
    adoption_state,
    adoption_states,
    why_not,
)
from qa_service.knowledge.review.signing import Signature, record_signature, write_signature
from qa_service.knowledge.review_models import PairReading
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, PairStatus, Stage, Statement

BATCH_PAIRS = 50
"""Most pairs signed in one batch."""


class NotReadError(InvalidInputError):
    """A pair of the batch was not read in its present content; ``problems`` names each."""

    code = "not_read"
    title = "请先逐条审阅"


class NotAdoptableError(ConflictError):
    """The pair is signed already, is not published, or was changed since it was shown."""

    code = "not_adoptable"
    title = "不需要启用审校"


@dataclass(frozen=True, slots=True)
class BatchSignature:
    """A signature on several pairs: the stage, its parts and what was affirmed of each pair."""

    stage: Stage
    examined: bool
    proofread: bool
    statements: tuple[Statement, ...]


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


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The outcome of a batch: pairs signed, and those whose last signature it was."""

    signed: int
    completed: int


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
    read = _readings(session, [stored_id(pair) for pair in pairs], by)
    states = adoption_states(session, pairs, table=table)
    return [
        _unsigned_pair(session, pair, read.get(stored_id(pair)), state, involved, by=by)
        for pair, (state, involved) in zip(pairs, states, strict=True)
    ]


def find_unsigned(session: Session, pair_id: int, *, by: Actor, table: StageTable) -> UnsignedPair:
    """Return one unsigned pair; raises PairNotFoundError or NotAdoptableError."""
    pair = _adoptable(session, pair_id)
    read = _readings(session, [pair_id], by)
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


def note_reading(
    session: Session, pair_id: int, seen_hash: str, *, by: Actor, table: StageTable, now: datetime
) -> QAPair:
    """Record that ``by`` has read the content with this hash; return its pair.

    Raises NotAdoptableError if the pair needs no signature or has another content now.
    """
    pair = _adoptable(session, pair_id)
    if adoption_state(session, pair, table=table).seen_hash != seen_hash:
        raise NotAdoptableError("问答在您审阅期间已修改，请按新的内容审阅")
    if by.person_id is None:
        raise NotAdoptableError("审阅由有账号的人员进行")
    statement = select(PairReading).where(
        PairReading.pair_id == pair_id, PairReading.person_id == by.person_id
    )
    reading = session.exec(statement).first() or PairReading(
        pair_id=pair_id, person_id=by.person_id, seen_hash=seen_hash, read_at=now
    )
    reading.seen_hash, reading.read_at = seen_hash, now
    session.add(reading)
    session.flush()
    return pair


def sign_batch(
    session: Session,
    pair_ids: Collection[int],
    signature: BatchSignature,
    *,
    by: Actor,
    table: StageTable,
    now: datetime,
    media_dir: Path | None = None,
) -> BatchResult:
    """Sign a stage of several pairs, all or none; the last signature takes the mark away.

    Raises NotReadError naming every pair that was not read or whose pre-checks find a fault,
    NotAdoptableError, what ``write_signature`` raises, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SIGN_PAIR)
    lock_for_transaction(session, BANK)
    wanted = sorted(set(pair_ids))
    if not wanted or len(wanted) > BATCH_PAIRS:
        problem = FieldProblem("pair", f"请勾选 1 至 {BATCH_PAIRS} 条已审阅的问答")
        raise NotReadError(problem.message, problems=(problem,))
    pairs = [_adoptable(session, pair_id) for pair_id in wanted]
    _refuse_unready(session, pairs, by=by, table=table, now=now, media_dir=media_dir)
    completed = sum(
        _sign_one(session, pair, signature, by=by, table=table, now=now) for pair in pairs
    )
    return BatchResult(len(pairs), completed)


def _sign_one(
    session: Session,
    pair: QAPair,
    signature: BatchSignature,
    *,
    by: Actor,
    table: StageTable,
    now: datetime,
) -> bool:
    """Sign one pair; return whether that was the last signature it needed."""
    state = adoption_state(session, pair, table=table)
    given = Signature(
        signature.stage,
        state.seen_hash,
        signature.examined,
        signature.proofread,
        signature.statements,
    )
    review = write_signature(session, pair, state, given, by=by, now=now)
    record_signature(session, pair, state, review, by=by)
    is_complete = adoption_state(session, pair, table=table).is_complete
    if is_complete:
        pair.adopted_from = None
        session.add(pair)
        session.flush()
        record(
            session,
            AuditAction.SIGNATURE,
            actor=by,
            now=now,
            subject=audit_subject(pair),
            given="启用审校签齐",
        )
    return is_complete


def _refuse_unready(
    session: Session,
    pairs: Sequence[QAPair],
    *,
    by: Actor,
    table: StageTable,
    now: datetime,
    media_dir: Path | None,
) -> None:
    """Raise NotReadError for pairs that were not read, or that the pre-checks object to."""
    ids = [stored_id(pair) for pair in pairs]
    read, names = _readings(session, ids, by), questions_of(session, ids)
    problems = []
    for pair in pairs:
        name = names.get(stored_id(pair), pair.key)
        if read.get(stored_id(pair)) != adoption_state(session, pair, table=table).seen_hash:
            problems.append(FieldProblem("pair", f"“{name}”您还没有审阅现在的内容"))
        problems += [
            FieldProblem("pair", f"“{name}”：{one.message}，请先修改")
            for one in check_published(session, pair, now=now, media_dir=media_dir)
            if one.is_fault
        ]
    if problems:
        message = "；".join(problem.message for problem in problems[:5])
        raise NotReadError(message, problems=tuple(problems))


def _adoptable(session: Session, pair_id: int) -> QAPair:
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


def _readings(session: Session, pair_ids: Sequence[int], by: Actor) -> dict[int, str]:
    """Return the hash of what ``by`` has last read of each pair, by its id."""
    if by.person_id is None:
        return {}
    statement = select(PairReading.pair_id, PairReading.seen_hash).where(
        PairReading.person_id == by.person_id, col(PairReading.pair_id).in_(pair_ids)
    )
    return dict(session.exec(statement).all())
