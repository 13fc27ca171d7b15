"""Whether the answers at the public desk satisfy (满意度): counts by version and day."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from qa_service.clock import beijing_day
from qa_service.consultation.models import AnswerRating
from qa_service.knowledge.pairs.queries import PairView
from qa_service.vocabulary import Satisfaction

OFFERED = (Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED)
"""The ratings a citizen can give; silence is not counted."""


def rate_answer(
    session: Session, view: PairView, satisfaction: Satisfaction, *, now: datetime
) -> None:
    """Count one more citizen who said so of the answer in its present version."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    values: dict[str, int | date | Satisfaction] = {
        "pair_id": view.pair_id,
        "version": view.version,
        "day": beijing_day(now),
        "satisfaction": satisfaction,
    }
    added = insert(AnswerRating).values(**values, count=1)
    session.execute(
        added.on_conflict_do_update(
            index_elements=list(values), set_={"count": AnswerRating.count + 1}
        )
    )


def ratings_of(session: Session, pair_id: int) -> Mapping[Satisfaction, int]:
    """Return how often each was said of the pair's answers, in all versions."""
    statement = (
        sa_select(col(AnswerRating.satisfaction), func.sum(col(AnswerRating.count)))
        .where(col(AnswerRating.pair_id) == pair_id)
        .group_by(col(AnswerRating.satisfaction))
    )
    counted = {one: int(count) for one, count in session.execute(statement)}
    return {one: counted[one] for one in OFFERED if one in counted}
