"""Pending work on the starter bank (起步库): one line on the pairs that nobody here has signed."""

from collections import Counter

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, and_, col, func, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.progress import ADOPTION_ROUND
from qa_service.knowledge.review_models import Review
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import PairStatus, Stage


def adoption(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return one line on the unsigned pairs that still need a stage of the actor's roles.

    Pairs of which the actor signed a stage before wait for other people.
    """
    table = watch.table(session)
    stages = _stages_of(actor, table)
    within = actor.authority.units({rule.role for rule in table.rules})
    if not stages or (within is not None and not within):
        return None
    count, units = _count(session, actor, stages, within)
    if not count:
        return None
    kind = PendingKind.ADOPTION
    where = f"，涉及 {units} 个单位" if units > 1 else ""
    text = f"{count} 条起步库问答还没有本单位审校{where}，请逐条审阅后分批签署"
    return PendingSection(kind, 1, (PendingItem(kind, "", text, "分批签署"),))


def _stages_of(actor: Actor, table: StageTable) -> list[Stage]:
    return [rule.stage for rule in table.rules if rule.role in actor.authority.roles]


def _count(session: Session, actor: Actor, stages: list[Stage], within: Within) -> tuple[int, int]:
    """Return the number of these pairs and of their units."""
    waiting = _of_units(session, within)
    # Versions signed are few: they are taken off the numbers of all, which an index holds.
    waiting.subtract(_of_units(session, within, _is_settled(actor, stages)))
    return waiting.total(), sum(count > 0 for count in waiting.values())


def _of_units(session: Session, within: Within, *conditions: ColumnElement[bool]) -> Counter[int]:
    """Return the number of each unit's published pairs that came from the starter bank."""
    statement = (
        sa_select(col(QAPair.unit_id), func.count().label("pairs"))
        .where(
            col(QAPair.adopted_from).is_not(None),
            col(QAPair.status) == PairStatus.PUBLISHED,
            *conditions,
        )
        .group_by(col(QAPair.unit_id))
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return Counter({row.unit_id: row.pairs for row in session.execute(statement).all()})


def _is_settled(actor: Actor, stages: list[Stage]) -> ColumnElement[bool]:
    """Return the condition that the actor signed a pair's version, or others all his stages."""
    given = select(Review.version_id).where(
        Review.round == ADOPTION_ROUND, col(Review.passed), col(Review.version_id).is_not(None)
    )
    version = col(QAPair.current_version_id)
    own = version.in_(given.where(Review.signer_person_id == actor.person_id))
    all_stages = and_(*(version.in_(given.where(Review.stage == stage)) for stage in stages))
    return or_(own, all_stages) & version.in_(given)
