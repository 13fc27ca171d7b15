"""Pending work of reviewers: pairs to sign, reasons to state, wordings and media to approve."""

from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.names.display_names import display_name_of
from qa_service.accounts.permissions import GRANTS, Permission
from qa_service.knowledge.models import QAPair, SuggestedVariant
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.pairs.variants.deciding import why_not_confirm
from qa_service.knowledge.pairs.variants.suggested import taken_suggestions
from qa_service.knowledge.review.grounds import lacks_ground, newest_ground, why_not_state
from qa_service.knowledge.review.plan import SIGNING_ROLES
from qa_service.knowledge.review.plan_proposals import open_plan, why_not_confirm_plan
from qa_service.knowledge.review.progress import pairs_in_review, review_state, why_not
from qa_service.knowledge.upkeep_models import Media
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import Role

SHOWN = 50
EXAMINED = 200
"""Things that are examined for those the actor can decide."""
COUNTED = 30
"""Those examined where they are only counted, on every page: each costs some queries."""


def pairs_to_sign(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the pairs in review of which the actor can sign a stage now."""
    within = actor.authority.units(SIGNING_ROLES)
    if within is not None and not within:
        return None
    kind, items, table = PendingKind.PAIRS_TO_SIGN, [], watch.table(session)
    for pair in pairs_in_review(session, within=within, limit=_limit(watch)):
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


def grounds_to_state(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the pairs in review without a public basis whose reason the actor can write."""
    within = actor.authority.units(GRANTS[Permission.STATE_GROUNDS])
    if within is not None and not within:
        return None
    kind, items, table = PendingKind.GROUNDS_TO_STATE, [], watch.table(session)
    for pair in pairs_in_review(session, within=within, limit=_limit(watch)):
        lacking = lacks_ground(session, pair, now=watch.now)
        if not lacking or why_not_state(session, pair, last_stage=table.last_main, by=actor):
            continue
        state = review_state(session, pair, table=table)
        if newest_ground(session, pair, state.seen_hash) is None:
            note = "；".join(lacking)
            items.append(PendingItem(kind, str(pair.id), state.version.question, note))
    return PendingSection(kind, len(items), tuple(items[:SHOWN]))


def plan_to_confirm(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the proposed stage table, if the actor can confirm or refuse it."""
    kind, plan = PendingKind.PLAN_TO_CONFIRM, open_plan(session)
    if plan is None or why_not_confirm_plan(actor, plan) is not None:
        return None
    item = PendingItem(
        kind,
        str(plan.id),
        plan.note,
        f"{display_name_of(session, plan.author, plan.author_person_id)} 提出",
    )
    return PendingSection(kind, 1, (item,))


def wordings_to_confirm(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the wordings that another person took and the actor can confirm."""
    within = actor.authority.units(SIGNING_ROLES)
    if within is not None and not within:
        return None
    kind = PendingKind.WORDINGS_TO_CONFIRM
    items = [
        PendingItem(kind, str(pair.id), wording.text, f"{_taker(session, wording)} 采纳")
        for wording, pair in taken_suggestions(session, within=within, limit=_limit(watch))
        if why_not_confirm(session, pair, wording, actor) is None
    ]
    return PendingSection(kind, len(items), tuple(items[:SHOWN]))


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
    questions = questions_of(session, {media.pair_id for media in found[:SHOWN]})
    items = [
        PendingItem(
            kind,
            str(media.pair_id),
            media.title,
            f"{media.kind.label}，用于“{questions.get(media.pair_id, '')}”",
        )
        for media in found[:SHOWN]
    ]
    return PendingSection(kind, len(found), tuple(items))


def _taker(session: Session, wording: SuggestedVariant) -> str:
    return display_name_of(session, wording.taken_by or "", wording.taken_by_person_id)


def _limit(watch: Watch) -> int:
    return EXAMINED if watch.lists else COUNTED
