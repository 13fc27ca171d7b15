"""Withdrawal of pairs (撤回): by decision, after their last day, or when their basis has ended.

Every withdrawal is written by ``withdraw``. Pairs based on a document are suspended when its
end is proposed and withdrawn when it is confirmed (``ending``); a scheduled job withdraws pairs
that end at midnight in Beijing. Before that job runs, the search already hides them through
``rules.is_showable``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.audit import record_each
from qa_service.clock import beijing_day
from qa_service.knowledge.change_feed import note_changes
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    audit_subject,
    end_review,
    stored_id,
)
from qa_service.knowledge.policies.fallen import last_ending, note_fallen
from qa_service.knowledge.policies.rework import mail_rework, open_rework
from qa_service.knowledge.revision import raise_revision
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import REASON_CHARACTERS, AuditAction, PairStatus


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A pair to withdraw, the reason in Chinese, and the document whose end it is, if it is one."""

    pair: QAPair
    reason: str
    document_id: int | None = None


def expiry_reason(expired_on: date) -> str:
    """Return the reason for which an answer that ran out on its last day is withdrawn."""
    return f"该答复已于 {expired_on} 失效"


def merely_expired(pair: QAPair) -> bool:
    """Return whether the pair was withdrawn because it ran out, and for no other reason.

    Its answer was right as long as it was given.
    """
    if pair.status is not PairStatus.WITHDRAWN or pair.expires_on is None:
        return False
    return pair.withdrawn_reason == expiry_reason(pair.expires_on)


def withdraw(
    session: Session, withdrawals: Sequence[Withdrawal], *, now: datetime, by: Actor = CLOCKWORK
) -> list[int]:
    """Withdraw pairs from the search under one revision and return their ids.

    Writes an audit row and a change-feed row for each. A version in work is kept; a pair
    without one leaves the review.
    """
    return _take_out(session, withdrawals, PairStatus.WITHDRAWN, now=now, by=by)


def suspend(
    session: Session, withdrawals: Sequence[Withdrawal], *, now: datetime, by: Actor
) -> list[int]:
    """Suspend published pairs (中止告知) under one revision and return their ids.

    They leave the search and the public page at once; systems that mirror the bank are told as
    of a withdrawal. ``put_back`` publishes them again without new signatures.
    """
    return _take_out(session, withdrawals, PairStatus.SUSPENDED, now=now, by=by)


def put_back(
    session: Session, pairs: Sequence[QAPair], reason: str, *, now: datetime, by: Actor
) -> list[int]:
    """Publish again the reviewed versions of suspended or withdrawn pairs; return their ids.

    The signatures of the version stand: its content is the one that was signed.
    """
    if not pairs:
        return []
    revision = raise_revision(session)
    for pair in pairs:
        pair.status, pair.withdrawn_reason = PairStatus.PUBLISHED, None
        pair.revision, pair.updated_at = revision, now
        if pair.draft_version_id is None:
            end_review(pair)
        session.add(pair)
    session.flush()
    ids = [stored_id(pair) for pair in pairs]
    note_changes(session, ids, revision=revision, now=now)
    details = {"change": "恢复告知", "reason": reason}
    rows = [(audit_subject(pair), details) for pair in pairs]
    record_each(session, AuditAction.EDIT, rows, actor=by, now=now)
    return ids


def _take_out(
    session: Session,
    withdrawals: Sequence[Withdrawal],
    status: PairStatus,
    *,
    now: datetime,
    by: Actor,
) -> list[int]:
    if not withdrawals:
        return []
    revision = raise_revision(session)
    for one in withdrawals:
        pair = one.pair
        pair.status = status
        pair.withdrawn_reason = one.reason[:REASON_CHARACTERS]
        pair.revision, pair.updated_at = revision, now
        if pair.draft_version_id is None:
            end_review(pair)
        session.add(pair)
    session.flush()
    ids = [stored_id(one.pair) for one in withdrawals]
    note_changes(session, ids, revision=revision, now=now)
    change = {"change": "中止告知"} if status is PairStatus.SUSPENDED else {}
    rows = [(audit_subject(one.pair), {**change, "reason": one.reason}) for one in withdrawals]
    record_each(session, AuditAction.WITHDRAW, rows, actor=by, now=now)
    return ids


def withdraw_ended(session: Session, *, now: datetime, limit: int = 10_000) -> list[int]:
    """Withdraw the published pairs that are no longer valid and return their ids.

    Opens a rework task (返工) for each. Withdraws at most ``limit`` pairs; the next run
    continues.
    """
    day = beijing_day(now)
    found = {one.pair.id: one for one in _expired(session, day, limit)}
    found |= {one.pair.id: one for one in _without_basis(session, day, limit)}
    return withdraw_for_rework(session, list(found.values())[:limit], now=now, by=CLOCKWORK)


def withdraw_resting_on(
    session: Session, document: PolicyDocument, *, now: datetime, by: Actor
) -> list[int]:
    """Withdraw the published pairs based on a document no longer in force; return their ids.

    Opens a rework task for each. Withdraws none if the document is still in force.
    """
    found = _without_basis(session, beijing_day(now), None, document_id=stored_id(document))
    return withdraw_for_rework(session, found, now=now, by=by)


def pairs_resting_on(
    session: Session, document_id: int, statuses: Collection[PairStatus] = (PairStatus.PUBLISHED,)
) -> list[QAPair]:
    """Return the pairs of these statuses whose current version cites a document, by id."""
    statement = (
        select(QAPair)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .where(PairBasis.document_id == document_id, col(QAPair.status).in_(statuses))
        .order_by(col(QAPair.id))
        .distinct()
    )
    return list(session.exec(statement).all())


def withdraw_for_rework(
    session: Session, withdrawals: Sequence[Withdrawal], *, now: datetime, by: Actor
) -> list[int]:
    """Withdraw pairs, open a rework task (返工) for each, and return their ids.

    Each unit is mailed once about all of its answers.
    """
    by_document: dict[int, list[QAPair]] = {}
    for one in withdrawals:
        if one.document_id is not None:
            by_document.setdefault(one.document_id, []).append(one.pair)
    for document_id, pairs in by_document.items():
        note_fallen(session, last_ending(session, document_id), pairs, now=now)
    ids = withdraw(session, withdrawals, now=now, by=by)
    by_reason: dict[str, list[QAPair]] = {}
    for one in withdrawals:
        by_reason.setdefault(one.reason[:REASON_CHARACTERS], []).append(one.pair)
    opened = [
        pair
        for reason, pairs in by_reason.items()
        for pair in open_rework(session, pairs, reason, now=now)
    ]
    mail_rework(session, opened, now=now)
    return ids


def _without_basis(
    session: Session, day: date, limit: int | None, *, document_id: int | None = None
) -> list[Withdrawal]:
    statement = (
        select(QAPair, PolicyDocument)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .join(PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            col(PolicyDocument.validity).in_(ENDED),
            or_(
                col(PolicyDocument.invalid_since).is_(None),
                col(PolicyDocument.invalid_since) <= day,
            ),
        )
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    if document_id is not None:
        statement = statement.where(PolicyDocument.id == document_id)
    found = {
        pair.id: Withdrawal(pair, f"依据《{document.title}》已{document.validity}", document.id)
        for pair, document in session.exec(statement).all()
    }
    return list(found.values())


def _expired(session: Session, day: date, limit: int) -> list[Withdrawal]:
    statement = (
        select(QAPair)
        .where(QAPair.status == PairStatus.PUBLISHED, col(QAPair.expires_on) < day)
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    return [
        Withdrawal(pair, expiry_reason(pair.expires_on))
        for pair in session.exec(statement).all()
        if pair.expires_on is not None
    ]
