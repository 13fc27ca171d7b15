"""Pending work of those who write: pairs returned, drafts to submit, rework, pairs coming due."""

from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, or_, select

from qa_service.accounts.actor import Actor
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.queries import version_in_work
from qa_service.knowledge.pairs.upcoming import due_counts, due_pairs
from qa_service.knowledge.policies.rework import rework_due
from qa_service.knowledge.review_models import Review
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import PairStatus, Role

SHOWN = 50

_KEEPERS = (Role.UNIT, Role.EDITOR)
_IN_WORK = func.coalesce(QAPair.draft_version_id, QAPair.current_version_id)
"""The id of the version of a pair that is worked on."""


def returned_pairs(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the pairs that reviewers returned to the actor, with the reason."""
    if actor.person_id is None:
        return None
    kind = PendingKind.RETURNED_PAIRS
    statement = _returned(col(QAPair.id), col(QAVersion.question), col(Review.reason))
    own = statement.where(col(QAVersion.author_person_id) == actor.person_id)
    found = {
        pair_id: PendingItem(kind, str(pair_id), question, reason)
        for pair_id, question, reason in session.execute(own).all()
    }
    return PendingSection(kind, len(found), tuple(found.values())[:SHOWN])


def _returned(*columns: ColumnElement[Any] | Mapped[Any]) -> Select[Any]:
    """Return the statement of ``columns`` of each pair returned and not handed in again."""
    # Returns are few: beginning with them, the database looks at no other pair.
    returned = select(Review.pair_id).where(col(Review.passed).is_(False))
    return (
        sa_select(*columns)
        .select_from(QAPair)
        .join(QAVersion, col(QAVersion.id) == _IN_WORK)
        .join(Review, col(Review.pair_id) == QAPair.id)
        .where(
            col(QAPair.id).in_(returned),
            col(QAPair.submitted_at).is_(None),
            or_(col(QAPair.draft_version_id).is_not(None), QAPair.status == PairStatus.DRAFT),
            col(Review.round) == QAPair.round,
            col(Review.version_id) == QAVersion.id,
            col(Review.passed).is_(False),
        )
        .order_by(col(Review.created_at))
    )


def rework(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the withdrawn answers that the actor's units rewrite, with the date for each."""
    within = actor.authority.units(_KEEPERS)
    if within is not None and not within:
        return None
    statement = (
        select(ReworkTask, QAPair)
        .join(QAPair, col(QAPair.id) == ReworkTask.pair_id)
        .where(col(ReworkTask.closed_at).is_(None))
        .order_by(col(ReworkTask.opened_at), col(ReworkTask.id))
    )
    if within is not None:
        statement = statement.where(col(ReworkTask.unit_id).in_(within))
    found = session.exec(statement).all()
    kind = PendingKind.REWORK
    items = [
        PendingItem(
            kind,
            str(pair.id),
            version_in_work(session, pair).question,
            task.reason,
            rework_due(task, watch.calendar),
        )
        for task, pair in (found[:SHOWN] if watch.lists else ())
    ]
    return PendingSection(kind, len(found), tuple(items))


def drafts_to_submit(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the drafts made of approved replies that the actor's units have to submit.

    Those that were returned say so, with the reason; to their author they are ``returned_pairs``.
    """
    within = actor.authority.units(_KEEPERS)
    if within is not None and not within:
        return None
    conditions = [
        col(QAPair.status) == PairStatus.DRAFT,
        col(QAPair.origin).is_not(None),
        col(QAPair.submitted_at).is_(None),
    ]
    if within is not None:
        conditions.append(col(QAPair.unit_id).in_(within))
    if actor.person_id is not None:
        is_own = col(QAVersion.author_person_id) == actor.person_id
        own = _returned(col(QAPair.id)).where(is_own).order_by(None)
        conditions.append(col(QAPair.id).not_in(own))
    kind = PendingKind.DRAFTS_TO_SUBMIT
    count = session.exec(select(func.count(col(QAPair.id))).where(*conditions)).one()
    if not watch.lists or not count:
        return PendingSection(kind, count)
    statement = (
        select(QAPair, QAVersion.question)
        .join(QAVersion, col(QAVersion.id) == _IN_WORK)
        .where(*conditions)
        .order_by(col(QAPair.created_at))
        .limit(SHOWN)
    )
    drafts = session.exec(statement).all()
    shown = [pair.id for pair, _ in drafts]
    returned = _returned(col(QAPair.id), col(Review.reason)).where(col(QAPair.id).in_(shown))
    reasons = dict(session.execute(returned).all())
    items = (
        PendingItem(kind, str(pair.id), question, _draft_note(pair, reasons.get(pair.id)))
        for pair, question in drafts
    )
    return PendingSection(kind, count, tuple(items))


def _draft_note(pair: QAPair, reason: str | None) -> str:
    """Return the entry that a draft came of; before it why it was returned, if it was."""
    entry = f"台账 {pair.origin}"
    return entry if reason is None else f"退回待修改：{reason}（{entry}）"


def pairs_coming_due(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the published pairs of the actor's own units whose day has come or comes soon."""
    within = actor.authority.units({Role.UNIT})
    if not within:
        return None
    kind = PendingKind.DUE_PAIRS
    counts = due_counts(session, day=watch.today, within=within)
    count = sum(one.overdue + one.review_soon + one.expiry_soon for one in counts)
    found = due_pairs(session, day=watch.today, within=within, limit=SHOWN) if watch.lists else []
    items = (
        PendingItem(kind, str(one.pair_id), one.question, one.kind.label, one.on) for one in found
    )
    return PendingSection(kind, count, tuple(items))
