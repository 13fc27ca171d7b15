"""Pending work on the starter bank (起步库): one line on the pairs that nobody here has signed."""

from collections import Counter

from sqlalchemy import select as sa_select
from sqlmodel import Session, and_, col, func, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.progress import ADOPTION_ROUND
from qa_service.knowledge.review_models import Review
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import AdoptedFrom, PairStatus, Stage


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
    waiting = _adopted(session, within)
    # Versions signed are few: they are taken off the numbers of all, which an index holds.
    waiting.subtract(_settled(session, actor, stages))
    left = [count for unit_id, count in waiting.items() if within is None or unit_id in within]
    return sum(left), sum(count > 0 for count in left)


def _adopted(session: Session, within: Within) -> Counter[int]:
    """Return the number of each unit's published pairs that came from elsewhere."""
    pairs = (
        sa_select(func.count())
        .where(
            col(QAPair.adopted_from).in_(AdoptedFrom),
            col(QAPair.status) == PairStatus.PUBLISHED,
            col(QAPair.unit_id) == Unit.id,
        )
        .correlate(Unit)
        .scalar_subquery()
    )
    # Counted for each unit, in the order of the index, they are neither sorted nor grouped.
    statement = sa_select(col(Unit.id), pairs)
    if within is not None:
        statement = statement.where(col(Unit.id).in_(within))
    return Counter({unit_id: count for unit_id, count in session.execute(statement).all() if count})


def _settled(session: Session, actor: Actor, stages: list[Stage]) -> Counter[int]:
    """Return those whose version the actor signed, or others in every stage of the actor."""
    given = select(Review.version_id).where(
        Review.round == ADOPTION_ROUND, col(Review.passed), col(Review.version_id).is_not(None)
    )
    version = col(QAPair.current_version_id)
    own = version.in_(given.where(Review.signer_person_id == actor.person_id))
    all_stages = and_(*(version.in_(given.where(Review.stage == stage)) for stage in stages))
    statement = select(QAPair.unit_id, QAPair.status, QAPair.adopted_from).where(
        version.in_(given), or_(own, all_stages)
    )
    return Counter(
        unit_id
        for unit_id, status, source in session.exec(statement).all()
        if status is PairStatus.PUBLISHED and source is not None
    )
