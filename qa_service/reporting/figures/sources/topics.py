"""Source of the coverage figure: the topics (事项) of the bank, counted as on its page."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

from sqlmodel import Session

from qa_service.accounts.areas import area_names
from qa_service.accounts.units import list_units
from qa_service.knowledge.coverage.topics import Coverage, coverage
from qa_service.reporting.figures.contract import Figure, Part, SourceRow, Tallies, Tally
from qa_service.reporting.figures.scope import Dimension, Key, Scope

_KEYS: dict[Dimension | None, Callable[[Coverage], Key]] = {
    None: lambda _row: "",
    Dimension.UNIT: lambda row: row.unit,
    Dimension.FIELD: lambda row: row.area,
}


class TopicSource:
    """The topics that the bank is to cover; ``coverage`` decides which are."""

    key = "topics"
    label = "编制时的入库事项（全部入库），按该事项多数问答的承办单位、没有的按领域牵头单位归属"
    is_present = True
    dimensions = frozenset({Dimension.UNIT, Dimension.FIELD})

    def count(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None = None,
    ) -> list[Tallies]:
        """Return the number of topics and of those covered today, whatever the period."""
        listed: Counter[Key] = Counter()
        covered: Counter[Key] = Counter()
        for row in _topics(session, scopes[0]):
            key = _KEYS[by](row)
            listed[key] += 1
            covered[key] += row.covering > 0
        counted = {
            key: {figure.name: Tally(covered[key], listed[key]) for figure in figures}
            for key in listed
        }
        return [counted for _ in scopes]

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
        """Return topics in the order of the coverage page."""
        units = {unit.key: unit.name for unit in list_units(session)}
        areas = area_names(session)
        shown = partial(_shown, units=units, areas=areas, day=scope.today)
        wanted = [shown(row) for row in _topics(session, scope) if _is_in(row, part)]
        return wanted[skip : skip + limit]


def _topics(session: Session, scope: Scope) -> Iterable[Coverage]:
    for row in coverage(session, day=scope.today, kept=scope.published):
        is_wanted = scope.unit in (None, row.unit) and scope.area in (None, row.area)
        if scope.only:
            by, key = scope.only
            is_wanted = is_wanted and by in _KEYS and _KEYS[by](row) == key
        if row.topic_id is not None and is_wanted:
            yield row


def _is_in(row: Coverage, part: Part) -> bool:
    if part is Part.DENOMINATOR:
        return True
    return (row.covering == 0) is (part is Part.REST)


def _shown(row: Coverage, *, units: dict[str, str], areas: dict[str, str], day: date) -> SourceRow:
    return SourceRow(
        address="/coverage",
        name=row.name,
        text=f"已发布可告知的问答 {row.covering} 条",
        unit=units.get(row.unit, row.unit),
        area=areas.get(row.area, row.area),
        at=day,
    )


TOPICS = TopicSource()
