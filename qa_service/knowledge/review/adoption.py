"""Adoption of imported pairs (起步库启用): read one by one, signed in batches by stage.

A pair that was published by an import is told with the mark 未经本单位审校 until every stage of
the table has signed the version. A batch holds only pairs whose present content the signer has
read; reading is recorded by the hash of the content.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair, audit_subject, stored_id
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.pairs.service import BANK
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.prechecks import check_published
from qa_service.knowledge.review.progress import adoption_state
from qa_service.knowledge.review.signing import Signature, record_signature, write_signature
from qa_service.knowledge.review.unsigned import BATCH_PAIRS, NotAdoptableError, adoptable, readings
from qa_service.knowledge.review_models import PairReading
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, Stage, Statement


class NotReadError(InvalidInputError):
    """A pair of the batch was not read in its present content; ``problems`` names each."""

    code = "not_read"
    title = "请先逐条审阅"


@dataclass(frozen=True, slots=True)
class BatchSignature:
    """A signature on several pairs: the stage, its parts and what was affirmed of each pair."""

    stage: Stage
    examined: bool
    proofread: bool
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The outcome of a batch: pairs signed, and those whose last signature it was."""

    signed: int
    completed: int


def note_reading(
    session: Session, pair_id: int, seen_hash: str, *, by: Actor, table: StageTable, now: datetime
) -> QAPair:
    """Record that ``by`` has read the content with this hash; return its pair.

    Raises NotAdoptableError if the pair needs no signature or has another content now.
    """
    pair = adoptable(session, pair_id)
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
    pairs = [adoptable(session, pair_id) for pair_id in wanted]
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
    read, names = readings(session, ids, by), questions_of(session, ids)
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
