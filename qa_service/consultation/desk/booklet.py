"""Booklets (宣传读物): the answers of an area or for an audience, in sections, to be printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from qa_service.accounts.areas import area_names
from qa_service.consultation.desk.answers import CONSIDERED, open_answers, open_pairs, told_answers
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pair_indexes import has_audience
from qa_service.knowledge.pairs.queries import PairView
from qa_service.vocabulary import AreaKey

PART_ANSWERS = 150
"""Answers in one part (分册) of a booklet: what a hand can staple, and a page of 60 kB at most."""

FOR_ALL = "面向所有人"
"""The heading of answers that name no audience."""


@dataclass(frozen=True, slots=True)
class BookletChoice:
    """The choice of a booklet: an area, an audience, both, or all; parts count from 1."""

    area: AreaKey | None = None
    audience: str = ""
    part: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """The answers under one heading."""

    title: str
    answers: Sequence[PairView]


@dataclass(frozen=True, slots=True)
class Booklet:
    """One part of a booklet as it stands on ``day``.

    ``holds_until`` is the last day on which every answer of it holds; None if none ends.
    """

    day: date
    sections: Sequence[Section]
    part: int
    parts: int

    @property
    def count(self) -> int:
        """The number of answers."""
        return sum(len(section.answers) for section in self.sections)

    @property
    def holds_until(self) -> date | None:
        """The last day on which every answer holds."""
        answers = (view for section in self.sections for view in section.answers)
        return min(filter(None, map(last_day, answers)), default=None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A booklet that can be made: its area and audience, and how many answers it may hold."""

    choice: BookletChoice
    name: str
    count: int


def last_day(view: PairView) -> date | None:
    """Return the last day on which the answer holds: its own, or that before a basis ends."""
    ends = [cited.invalid_since - timedelta(1) for cited in view.citations if cited.invalid_since]
    return min(filter(None, (view.content.expires_on, *ends)), default=None)


def make_booklet(session: Session, choice: BookletChoice, *, day: date) -> Booklet:
    """Return the part chosen, of the answers that everybody may read on ``day``.

    A part that does not exist is empty.
    """
    chosen = open_answers(day).where(*_conditions(choice))
    counts = open_answers if choice.audience else open_pairs
    counted = counts(day, func.count()).where(*_conditions(choice))
    total = int(session.execute(counted).scalar_one())
    ordered = chosen.order_by(*_order(choice)).offset((choice.part - 1) * PART_ANSWERS)
    ids = [int(row[0]) for row in session.execute(ordered.limit(PART_ANSWERS))]
    views = list(told_answers(session, ids, day=day, step=CONSIDERED))
    parts = max(1, -(-total // PART_ANSWERS))
    return Booklet(day, tuple(_sections(session, views, choice)), choice.part, parts)


def all_answers(session: Session, *, day: date) -> list[Section]:
    """Return every answer that everybody may read on ``day``, with its variants, by area."""
    whole = BookletChoice()
    ids = [int(row[0]) for row in session.execute(open_answers(day).order_by(*_order(whole)))]
    views = list(told_answers(session, ids, day=day, step=CONSIDERED, with_variants=True))
    return list(_sections(session, views, whole))


def offers(session: Session, *, day: date) -> tuple[list[Offer], list[Offer]]:
    """Return the booklets of areas and of audiences that have answers, by name."""
    names = area_names(session)
    by_area = open_pairs(day, col(QAPair.area), func.count()).group_by(col(QAPair.area))
    by_audience = (
        open_answers(day, col(QAVersion.audience), func.count())
        .where(has_audience())
        .group_by(col(QAVersion.audience))
    )
    areas = [
        Offer(BookletChoice(area=key), names.get(key, key), count)
        for key, count in session.execute(by_area)
    ]
    audiences = [
        Offer(BookletChoice(audience=name), name, count)
        for name, count in session.execute(by_audience)
    ]
    return sorted(areas, key=_name), sorted(audiences, key=_name)


def _name(offer: Offer) -> str:
    return offer.name


def _conditions(choice: BookletChoice) -> Iterator[ColumnElement[bool]]:
    if choice.area is not None:
        yield col(QAPair.area) == choice.area
    if choice.audience:
        yield has_audience()
        yield col(QAVersion.audience) == choice.audience


def _order(choice: BookletChoice) -> tuple[Mapped[Any], ...]:
    """Return the order of a booklet: that of its sections, then by id."""
    if choice.area is not None:
        return (col(QAVersion.audience), col(QAPair.id))
    return (col(QAPair.area), col(QAVersion.audience), col(QAPair.id))


def _sections(
    session: Session, views: Sequence[PairView], choice: BookletChoice
) -> Iterator[Section]:
    """Yield a section for each audience of one area, or for each area."""
    if choice.area is not None:
        for audience, answers in groupby(views, lambda view: view.content.audience):
            yield Section(audience or FOR_ALL, tuple(answers))
        return
    names = area_names(session)
    for area, answers in groupby(views, lambda view: view.content.area):
        yield Section(names.get(area, area), tuple(answers))
