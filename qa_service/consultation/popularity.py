"""Frequently told pairs that still lack a picture or film (图解)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from qa_service.clock import beijing_day
from qa_service.consultation.models import Choice
from qa_service.knowledge.media.service import without_media
from qa_service.knowledge.pairs.queries import PairView, view_pairs

CONSIDERED = 500


@dataclass(frozen=True, slots=True)
class Popular:
    """A published pair and the number of times it was told."""

    pair: PairView
    times: int


def most_told_without_media(
    session: Session, *, now: datetime, days: int = 90, least: int = 3, limit: int = 50
) -> list[Popular]:
    """Return published pairs without media, told ``least`` times in ``days``, most told first."""
    statement = (
        select(Choice.pair_id, func.count())
        .where(col(Choice.pair_id).is_not(None), col(Choice.created_at) >= now - timedelta(days))
        .group_by(col(Choice.pair_id))
        .having(func.count() >= least)
        .order_by(func.count().desc(), col(Choice.pair_id))
        .limit(CONSIDERED)
    )
    times = {pair_id: count for pair_id, count in session.exec(statement).all() if pair_id}
    bare = without_media(session, times.keys())
    wanted = [one for one in times if one in bare]
    found: list[Popular] = []
    for start in range(0, len(wanted), limit):
        views = view_pairs(session, wanted[start : start + limit], day=beijing_day(now))
        found += [Popular(view, times[view.pair_id]) for view in views if view.showable]
        if len(found) >= limit:
            break
    return found[:limit]
