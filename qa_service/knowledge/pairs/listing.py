"""Filtered, paged lists of pairs."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.knowledge.models import QAPair, QAVersion, QuestionVariant
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.storage.patterns import contains
from qa_service.text.normalise import writings
from qa_service.vocabulary import AreaKey, LabelledEnum, PairStatus

_LONGEST_NUMBER = 9
"""Largest number of digits that is valid as an id in every database."""


class Lack(LabelledEnum):
    """A thing that a version still lacks and that staff have to add (待完善)."""

    BLANKS = "blanks", "待补本地内容"
    """Blanks (【本地：…】) that only the district can fill in."""
    UNREAD = "unread", "依据待核"
    """Citations in whose document nobody has read what the answer says."""


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Conditions on a list of pairs; None or an empty value sets no condition.

    ``unit`` is a unit's key. Each of the space-separated ``words`` must occur in the current
    version or the version in work, or equal the pair's id or key. ``within`` holds the ids
    of the units whose unpublished work may be seen; other units' pairs are searched in their
    published version only. ``lacks`` is looked for in the version in work, where it may be seen.
    """

    area: AreaKey | None = None
    status: PairStatus | None = None
    unit: str | None = None
    words: str = ""
    within: Within = None
    lacks: Lack | None = None


EVERY_PAIR = PairFilter()


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of pairs, and the id after which the next begins; None on the last page."""

    items: tuple[PairView, ...]
    next_after: int | None


def list_pairs(
    session: Session,
    wanted: PairFilter = EVERY_PAIR,
    *,
    day: date,
    after: int = 0,
    limit: int = 50,
) -> PairPage:
    """Return a page of at most ``limit`` pairs that pass the filter, by id."""
    statement = select(QAPair.id).where(col(QAPair.id) > after, *_conditions(wanted))
    ordered = statement.order_by(col(QAPair.id)).limit(limit + 1)
    ids = [pair_id for pair_id in session.exec(ordered).all() if pair_id]
    page = tuple(view_pairs(session, ids[:limit], day=day))
    return PairPage(page, ids[limit - 1] if len(ids) > limit else None)


def _conditions(wanted: PairFilter) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a filter."""
    conditions = []
    is_to_complete = col(QAPair.status) != PairStatus.WITHDRAWN
    if wanted.area is not None:
        conditions.append(col(QAPair.area) == wanted.area)
    if wanted.status is not None:
        conditions.append(col(QAPair.status) == wanted.status)
    if wanted.unit is not None:
        of_unit = select(Unit.id).where(Unit.key == wanted.unit)
        conditions.append(col(QAPair.unit_id).in_(of_unit))
    if wanted.within is not None:
        is_published = col(QAPair.status) == PairStatus.PUBLISHED
        conditions.append(is_published | col(QAPair.unit_id).in_(wanted.within))
    if wanted.lacks is not None:
        conditions += [is_to_complete, or_(*_lacks(wanted.lacks, wanted.within))]
    return [*conditions, *(_has(word, wanted.within) for word in wanted.words.split())]


def count_lacking(session: Session, wanted: PairFilter = EVERY_PAIR) -> dict[Lack, int]:
    """Return how many pairs that pass the filter lack each thing, whatever it says of that."""
    is_to_complete = col(QAPair.status) != PairStatus.WITHDRAWN
    return {
        lack: sum(
            session.exec(
                select(func.count())
                .select_from(QAPair)
                .where(*_conditions(replace(wanted, lacks=None)), is_to_complete, lacks)
            ).one()
            # Apart, because an index serves each.
            for lacks in _lacks(lack, wanted.within)
        )
        for lack in Lack
    }


def _lacks(lack: Lack, within: Within) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that what may be seen of a pair lacks something.

    The first is of pairs seen in their current version, the second of those seen in work.
    """
    if lack is Lack.BLANKS:
        told, written = col(QAPair.has_blanks), col(QAVersion.has_blanks)
    else:
        told, written = col(QAPair.has_unread), col(QAVersion.has_unread)
    in_work = col(QAPair.draft_version_id)
    is_written = exists().where(col(QAVersion.id) == in_work, written)
    is_seen: ColumnElement[bool] = in_work.is_not(None)
    if within is not None:
        is_seen = is_seen & col(QAPair.unit_id).in_(within)
    return and_(told, ~is_seen), and_(is_seen, is_written)


def _has(word: str, within: Within) -> ColumnElement[bool]:
    """Return the condition that a pair has ``word`` in a text, its key or its id."""
    in_work = col(QAVersion.id) == QAPair.draft_version_id
    if within is not None:
        # A match must not reveal another unit's unpublished work.
        in_work = and_(in_work, col(QAPair.unit_id).in_(within))
    forms = writings(word)
    in_version = exists().where(
        or_(col(QAVersion.id) == QAPair.current_version_id, in_work),
        or_(contains(QAVersion.question, *forms), contains(QAVersion.answer, *forms)),
    )
    in_variant = exists().where(
        col(QuestionVariant.pair_id) == QAPair.id, contains(QuestionVariant.text, *forms)
    )
    return or_(in_version, in_variant, *map(_is_named, forms))


def _is_named(word: str) -> ColumnElement[bool]:
    """Return the condition that ``word`` is a pair's key or its id."""
    by_key = col(QAPair.key) == word
    if word.isascii() and word.isdecimal() and len(word) <= _LONGEST_NUMBER:
        return or_(by_key, col(QAPair.id) == int(word))
    return by_key
