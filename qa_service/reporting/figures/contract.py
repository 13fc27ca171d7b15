"""The contract between the table of figures and the sources that count them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlmodel import Session

from qa_service.reporting.figures.scope import Dimension, Key, Scope
from qa_service.vocabulary import LabelledEnum

Condition = Callable[[Scope], ColumnElement[bool]]


class Measure(LabelledEnum):
    """The unit of measure of a figure."""

    SHARE = "share", "百分比"
    COUNT = "count", "件"
    WORKDAYS = "workdays", "个工作日"
    SECONDS = "seconds", "秒"


class Part(LabelledEnum):
    """The rows behind a figure that a list shows."""

    NUMERATOR = "numerator", "分子"
    REST = "rest", "分母中未计入分子的"
    DENOMINATOR = "denominator", "分母"


@dataclass(frozen=True, slots=True)
class Tally:
    """A figure as counted; ``denominator`` is 0 where nothing could be counted."""

    numerator: float = 0
    denominator: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return the figure over the rows of both."""
        return Tally(self.numerator + other.numerator, self.denominator + other.denominator)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row behind a figure: its page, what it is called there, its unit, area and time."""

    address: str
    name: str
    text: str
    unit: str
    area: str
    at: date | datetime | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The definition of a figure.

    ``numerator``, ``denominator`` and ``excluded`` say in Chinese what ``counted``, ``among``
    and the source's own conditions select; a count has no denominator. ``amount`` is what is
    added up of each counted row where that is not 1.
    """

    name: str
    label: str
    measure: Measure
    source: "Source"
    numerator: str
    counted: Condition
    denominator: str = ""
    excluded: str = "无"
    among: Condition | None = None
    amount: ColumnElement[float] | None = None

    @property
    def is_share(self) -> bool:
        """Return whether the figure is a share in per cent."""
        return self.measure is Measure.SHARE


Tallies = Mapping[Key, Mapping[str, Tally]]
"""Tallies by value of the dimension, then by name of the figure; the key is "" without one."""


class Source(Protocol):
    """The rows that figures count; ``is_present`` says that they are as of now, not of the period.

    ``dimensions`` are the ways in which they can be broken down.
    """

    @property
    def key(self) -> str:
        """The stable name of the source."""
        ...

    @property
    def label(self) -> str:
        """The source rows in Chinese."""
        ...

    @property
    def is_present(self) -> bool:
        """Whether the rows are those of now, whatever the period."""
        ...

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """The ways in which the rows can be broken down."""
        ...

    def count(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None = None,
    ) -> list[Tallies]:
        """Return the tallies of ``figures`` in each scope, broken down ``by`` a dimension.

        The scopes, at least one, differ in their periods alone.
        """
        ...

    def rows(
        self,
        session: Session,
        scope: Scope,
        figure: Figure,
        part: Part,
        *,
        skip: int = 0,
        limit: int = 50,
    ) -> list[SourceRow]:
        """Return rows behind ``figure``, in a stable order."""
        ...
