"""The list to be crossed off (销号清单), from seven tables: unit, limit and evidence of each thing.

The list of a package and that of the page are the same; a page reads as many rows as it shows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, union_all
from sqlalchemy.orm import Mapped
from sqlmodel import Session, func

from qa_service.accounts.authority import Within
from qa_service.reporting.figures.scope import Records, Scope
from qa_service.reporting.inspection.content import CrossOffLine
from qa_service.reporting.inspection.lists import Names
from qa_service.storage.built_once import BuiltOnce
from qa_service.vocabulary import LabelledEnum

Column = ColumnElement[Any] | Mapped[Any]
"""A column of a table, or what is computed of columns."""


class CrossOffKind(LabelledEnum):
    """The kinds of thing to be crossed off."""

    CONSULTATION = "consultation", "咨询"
    CORRECTION = "correction", "纠错"
    REWORK = "rework", "返工"
    CLEAN_UP = "clean_up", "全面清理"
    MEDIA = "media", "图解"
    REVIEW = "review", "问答复核"
    INTERPRETATION = "interpretation", "政策解读"
    GAP = "gap", "知识缺口"
    CHECKLIST = "checklist", "年度检查任务"
    UNTASKED_GAP = "untasked_gap", "未列任务的知识缺口"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list, and the page where the thing is done."""

    line: CrossOffLine
    path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The part of the list that is wanted: of a kind, of these units, done or not; None for any."""

    kind: CrossOffKind | None = None
    within: Within = None
    is_done: bool | None = None


@dataclass(frozen=True, slots=True)
class CrossOffCount:
    """The number of things to be crossed off, and of those that are done."""

    total: int
    done: int


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table of things to be crossed off.

    ``rows`` is the statement of those of a period, the first limit first. ``of_kind`` limits it
    where the table holds several kinds, ``unit`` and ``is_done`` are conditions on its rows.
    Rows of a large table are found by their ``key`` first, in an index that covers all conditions.
    """

    kinds: frozenset[CrossOffKind]
    rows: Callable[[Scope], Select[*tuple[Any, ...]]]
    unit: Column
    is_done: Callable[[Scope], ColumnElement[bool]]
    lines: Callable[[Session, Sequence[Any], Scope, Names], Iterator[Listed]]
    of_kind: Callable[[CrossOffKind], ColumnElement[bool]] | None = None
    key: Column | None = None

    def page(
        self, session: Session, scope: Scope, wanted: Wanted, limit: int | None
    ) -> Sequence[Any]:
        """Return at most ``limit`` of the rows wanted."""
        statement = self.statement(scope, wanted).limit(limit)
        if self.key is not None and limit is not None:
            keys = session.execute(statement.with_only_columns(self.key)).scalars().all()
            statement = self.rows(scope).where(self.key.in_(keys))
        return session.execute(statement).all()

    def statement(self, scope: Scope, wanted: Wanted) -> Select[*tuple[Any, ...]]:
        """Return the statement of the rows wanted."""
        return _BUILT.of((self, scope.records, wanted), lambda: self._statement(scope, wanted))

    def counting(self, scope: Scope, wanted: Wanted) -> Select[int, int]:
        """Return the statement of how many rows are wanted, and how many of them are done."""
        counts = func.count(), func.count(case((self.is_done(scope), 1)))
        statement = self._statement(scope, wanted).order_by(None)
        return statement.with_only_columns(*counts, maintain_column_froms=True)

    def _statement(self, scope: Scope, wanted: Wanted) -> Select[*tuple[Any, ...]]:
        statement = self.rows(scope)
        if scope.unit_id is not None:
            statement = statement.where(self.unit == scope.unit_id)
        if wanted.within is not None:
            statement = statement.where(self.unit.in_(wanted.within))
        if wanted.is_done is not None:
            done = func.coalesce(self.is_done(scope), False)
            statement = statement.where(done if wanted.is_done else ~done)
        if wanted.kind is not None and self.of_kind is not None:
            statement = statement.where(self.of_kind(wanted.kind))
        return statement


_BUILT: BuiltOnce[tuple[Source, Records, Wanted], Select[*tuple[Any, ...]]] = BuiltOnce()
_COUNTING: BuiltOnce[tuple[tuple[Source, ...], Records, Wanted], CompoundSelect[int, int]] = (
    BuiltOnce()
)


def list_lines(
    session: Session,
    sources: Iterable[Source],
    scope: Scope,
    names: Names,
    wanted: Wanted,
    *,
    limit: int | None = None,
) -> list[Listed]:
    """Return the lines wanted, source by source.

    With ``limit`` that many of each source are read, and all stand by their limits.
    """
    found: list[Listed] = []
    for source in _of(sources, wanted):
        found += source.lines(session, source.page(session, scope, wanted, limit), scope, names)
    if limit is not None:
        found.sort(key=lambda one: one.line.limit_on or date.max)
    return found


def count_lines(
    session: Session, sources: Iterable[Source], scope: Scope, wanted: Wanted
) -> CrossOffCount:
    """Return how many lines there are of those wanted, and how many of them are done."""
    asked = tuple(_of(sources, wanted))
    # One statement of all: to ask for each takes longer than most count.
    counting = _COUNTING.of(
        (asked, scope.records, wanted),
        lambda: union_all(*(source.counting(scope, wanted) for source in asked)),
    )
    counted = session.execute(counting).all()
    return CrossOffCount(sum(total for total, _ in counted), sum(done for _, done in counted))


def _of(sources: Iterable[Source], wanted: Wanted) -> Iterator[Source]:
    return (one for one in sources if wanted.kind is None or wanted.kind in one.kinds)
