"""The answers at the public desk: those that everybody may read today, signed by the district."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_

from qa_service.clock import beijing_day
from qa_service.consultation.models import Choice
from qa_service.knowledge.media.service import MediaNotFoundError, media_of_file
from qa_service.knowledge.models import (
    PairBasis,
    PairChange,
    QAPair,
    QAVersion,
    stored_id,
)
from qa_service.knowledge.pair_indexes import has_audience, is_unlimited
from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import PairView, find_by_keys, view_pairs
from qa_service.knowledge.pairs.service import PairNotFoundError
from qa_service.vocabulary import AreaKey, PairStatus

PAGE = 20
"""Answers on one page of a list."""

CONSIDERED = 500
"""Most pairs looked at for a short list."""

HOT_DAYS = 90
LEAST_TOLD = 3
"""An answer told less often is nobody's hot question; it could point to one caller."""

EXPIRING_DAYS = 30


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """A page of answers by id, and the id after which the next begins; None on the last page."""

    items: tuple[PairView, ...]
    next_after: int | None


def find_answer(session: Session, key: str, *, day: date) -> PairView:
    """Return the answer of this key; raises PairNotFoundError unless everybody may read it."""
    pair = find_by_keys(session, [key]).get(key)
    told = _told(session, [stored_id(pair)], day=day) if pair else []
    for view in told:
        return view
    raise PairNotFoundError("这条答复不存在，或已撤回、更新，请重新查询，或拨打 12345 咨询")


def list_answers(
    session: Session,
    *,
    day: date,
    area: AreaKey | None = None,
    audience: str = "",
    among: Collection[int] | None = None,
    resting_on: int | None = None,
    after: int = 0,
    limit: int = PAGE,
) -> AnswerPage:
    """Return answers of an area and for an audience (适用对象), by id, beginning ``after`` one.

    Of the pairs ``among`` alone, if these are given, and of those whose basis names the document
    of the id ``resting_on``.
    """
    statement = open_answers(day).where(col(QAPair.id) > after).order_by(col(QAPair.id))
    if area is not None:
        statement = statement.where(col(QAPair.area) == area)
    if audience:
        statement = statement.where(has_audience(), col(QAVersion.audience) == audience)
    if among is not None:
        statement = statement.where(col(QAPair.id).in_(among))
    if resting_on is not None:
        statement = statement.where(_rests_on(resting_on))
    ids = [int(row[0]) for row in session.execute(statement.limit(limit + 1))]
    shown = tuple(_told(session, ids[:limit], day=day))
    return AnswerPage(shown, ids[limit - 1] if len(ids) > limit else None)


def list_audiences(session: Session, *, day: date) -> list[str]:
    """Return the audiences (适用对象) that answers for everybody to read name, by name."""
    # Beginning with the versions that name one, which are few, not with the pairs.
    in_force = open_pairs(day).where(col(QAPair.current_version_id) == QAVersion.id)
    is_open = in_force.correlate(QAVersion).exists()
    named = sa_select(col(QAVersion.audience)).where(has_audience(), is_open)
    return sorted(str(row[0]) for row in session.execute(named.distinct()))


def hot_answers(session: Session, *, now: datetime, limit: int) -> list[PairView]:
    """Return the answers told most often to callers of the last months, most told first."""
    day = beijing_day(now)
    statement = (
        open_answers(day)
        .join(Choice, col(Choice.pair_id) == QAPair.id)
        .where(col(Choice.created_at) >= now - timedelta(HOT_DAYS))
        .group_by(col(QAPair.id))
        .having(func.count() >= LEAST_TOLD)
        .order_by(func.count().desc(), col(QAPair.id))
    )
    return _first(session, statement, day=day, limit=limit)


def newest_answers(
    session: Session, *, day: date, area: AreaKey | None = None, limit: int
) -> list[PairView]:
    """Return the answers published or changed last, the latest first."""
    statement = (
        open_answers(day)
        .outerjoin(PairChange, col(PairChange.pair_id) == QAPair.id)
        .group_by(col(QAPair.id))
        .order_by(func.coalesce(func.max(PairChange.id), 0).desc(), col(QAPair.id).desc())
    )
    if area is not None:
        statement = statement.where(col(QAPair.area) == area)
    return _first(session, statement, day=day, limit=limit)


def expiring_answers(session: Session, *, day: date, limit: int) -> list[PairView]:
    """Return the answers that hold for a month at most from ``day``, the soonest first."""
    statement = (
        open_answers(day)
        .where(col(QAPair.expires_on) <= day + timedelta(EXPIRING_DAYS))
        .order_by(col(QAPair.expires_on), col(QAPair.id))
    )
    return _first(session, statement, day=day, limit=limit)


def answers_resting_on(session: Session, document_id: int, *, day: date) -> list[PairView]:
    """Return the answers whose basis names the document, by id."""
    statement = open_answers(day).where(_rests_on(document_id)).order_by(col(QAPair.id))
    return _first(session, statement, day=day, limit=CONSIDERED)


def walk_answers(session: Session, *, day: date, limit: int) -> list[PairView]:
    """Return the first ``limit`` answers by id."""
    return _first(
        session, open_answers(day).order_by(col(QAPair.id)), day=day, limit=limit, most=limit
    )


def published_at(session: Session, views: Collection[PairView]) -> Mapping[int, datetime]:
    """Return the instant at which each answer was last published, by the id of its pair."""
    ids = [view.pair_id for view in views]
    stored = sa_select(col(QAPair.id), col(QAPair.created_at)).where(col(QAPair.id).in_(ids))
    found = {int(pair_id): instant for pair_id, instant in session.execute(stored)}
    changes = (
        sa_select(col(PairChange.pair_id), func.max(PairChange.changed_at))
        .where(col(PairChange.pair_id).in_(ids), col(PairChange.kind) == PairStatus.PUBLISHED)
        .group_by(col(PairChange.pair_id))
    )
    return found | {int(pair_id): instant for pair_id, instant in session.execute(changes)}


def find_picture(session: Session, checksum: str, *, day: date) -> str:
    """Return the content type of a file that an answer at the desk shows.

    Raises MediaNotFoundError.
    """
    held = [one for one in media_of_file(session, checksum) if one.approved_at is not None]
    if not _told(session, [one.pair_id for one in held], day=day):
        raise MediaNotFoundError("没有这个图解或视频，可能已撤下")
    return held[0].content_type


def open_answers(day: date, *columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select the ids of pairs, or ``columns``, that may be read on ``day`` as far as SQL tells."""
    in_force = col(QAVersion.id) == QAPair.current_version_id
    return open_pairs(day, *columns).join(QAVersion, in_force)


def open_pairs(day: date, *columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select the same of the pairs alone, whose versions need not be read."""
    return (
        sa_select(*(columns or (col(QAPair.id),)))
        .select_from(QAPair)
        .where(
            col(QAPair.adopted_from).is_(None),
            col(QAPair.status) == PairStatus.PUBLISHED,
            col(QAPair.effective_from) <= day,
            or_(col(QAPair.expires_on).is_(None), col(QAPair.expires_on) >= day),
            is_unlimited(),
        )
    )


def _rests_on(document_id: int) -> ColumnElement[bool]:
    """Return the condition that the basis of a version names the document."""
    cited = sa_select(col(PairBasis.version_id)).where(col(PairBasis.document_id) == document_id)
    return col(QAVersion.id).in_(cited)


def _first(
    session: Session, statement: Select[Any], *, day: date, limit: int, most: int = CONSIDERED
) -> list[PairView]:
    """Return the first answers that ``statement`` selects, of ``most`` it looks at."""
    ids = [int(row[0]) for row in session.execute(statement.limit(most))]
    return list(islice(told_answers(session, ids, day=day, step=limit), limit))


def told_answers(
    session: Session, ids: Sequence[int], *, day: date, step: int, with_variants: bool = False
) -> Iterator[PairView]:
    """Yield the answers of ``ids`` in their order, read ``step`` at a time (500 at most)."""
    step = min(step, CONSIDERED)
    for start in range(0, len(ids), step):
        part = ids[start : start + step]
        yield from _told(session, part, day=day, with_variants=with_variants)


def _told(
    session: Session, ids: Iterable[int], *, day: date, with_variants: bool = False
) -> list[PairView]:
    """Return those of the pairs that everybody may read, in their order."""
    views = view_pairs(session, ids, day=day, with_variants=with_variants)
    return [view for view in views if is_public(view, tells_unsigned=False)]
