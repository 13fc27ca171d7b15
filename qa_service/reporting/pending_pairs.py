"""Pending work on the bank: pairs to sign, returned ones, media to approve, rework."""

from sqlmodel import Session, col, func, or_, select

from qa_service.accounts.actor import Actor
from qa_service.knowledge.models import Media, QAPair, QAVersion, Review, ReworkTask
from qa_service.knowledge.pairs.queries import version_in_work
from qa_service.knowledge.policies.rework import rework_due
from qa_service.knowledge.review.plan import SIGNING_ROLES
from qa_service.knowledge.review.progress import pairs_in_review, review_state, why_not
from qa_service.reporting.pending_items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import PairStatus, Role

SHOWN = 50
EXAMINED = 200
"""Pairs in review that are examined for those the actor can sign."""
COUNTED = 30
"""Pairs examined where they are only counted, on every page: each costs some queries."""

_KEEPERS = (Role.UNIT, Role.EDITOR)


def pairs_to_sign(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the pairs in review of which the actor can sign a stage now."""
    within = actor.authority.units(SIGNING_ROLES)
    if within is not None and not within:
        return None
    kind, items, table = PendingKind.PAIRS_TO_SIGN, [], watch.table(session)
    limit = EXAMINED if watch.lists else COUNTED
    for pair in pairs_in_review(session, within=within, limit=limit):
        state = review_state(session, pair, table=table)
        stages = [
            stage
            for stage in state.next_stages
            if why_not(session, pair, state, stage, actor) is None
        ]
        if stages:
            note = "、".join(stage.label for stage in stages)
            items.append(PendingItem(kind, str(pair.id), state.version.question, note))
    return PendingSection(kind, len(items), tuple(items[:SHOWN]))


def returned_pairs(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the pairs that reviewers returned to the actor, with the reason."""
    if actor.person_id is None:
        return None
    in_work = func.coalesce(QAPair.draft_version_id, QAPair.current_version_id)
    statement = (
        select(QAPair, QAVersion, Review)
        .join(QAVersion, col(QAVersion.id) == in_work)
        .join(Review, col(Review.pair_id) == QAPair.id)
        .where(
            col(QAPair.submitted_at).is_(None),
            or_(col(QAPair.draft_version_id).is_not(None), QAPair.status == PairStatus.DRAFT),
            QAVersion.author_person_id == actor.person_id,
            Review.round == QAPair.round,
            Review.version_id == QAVersion.id,
            col(Review.passed).is_(False),
        )
        .order_by(col(Review.created_at))
    )
    kind = PendingKind.RETURNED_PAIRS
    found = {
        pair.id: PendingItem(kind, str(pair.id), version.question, review.reason)
        for pair, version, review in session.exec(statement).all()
    }
    return PendingSection(kind, len(found), tuple(found.values())[:SHOWN])


def media_to_approve(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the pictures and videos that others uploaded and nobody approved yet."""
    within = actor.authority.units({Role.REVIEWER})
    if within is not None and not within:
        return None
    statement = (
        select(Media)
        .join(QAPair, col(QAPair.id) == Media.pair_id)
        .where(
            col(Media.approved_at).is_(None),
            or_(
                col(Media.uploaded_by_person_id).is_(None),
                Media.uploaded_by_person_id != actor.person_id,
            ),
        )
        .order_by(col(Media.id))
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    kind = PendingKind.MEDIA_TO_APPROVE
    found = session.exec(statement).all()
    items = [
        PendingItem(kind, str(media.pair_id), media.title, media.kind.label)
        for media in found[:SHOWN]
    ]
    return PendingSection(kind, len(found), tuple(items))


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
