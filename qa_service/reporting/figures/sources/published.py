"""Source of the figures of published pairs: their number is kept, those of a figure are counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func
from sqlalchemy import select as sa_select
from sqlmodel import Session

from qa_service.knowledge.coverage.counting import PublishedCounts
from qa_service.reporting.figures.contract import Figure, Part, SourceRow, Tallies, Tally
from qa_service.reporting.figures.scope import Dimension, Records, Scope
from qa_service.reporting.figures.sources.sql_source import SQLSource
from qa_service.storage.built_once import BuiltOnce


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """The rows ``by_row``, nearly the whole bank; to those that a figure counts an index leads."""

    by_row: SQLSource
    is_present = True

    @property
    def key(self) -> str:
        """The stable name of the source."""
        return self.by_row.key

    @property
    def label(self) -> str:
        """The source rows in Chinese."""
        return self.by_row.label

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """The ways in which the rows can be broken down."""
        return self.by_row.dimensions

    def count(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None = None,
    ) -> list[Tallies]:
        """Return the shares of ``figures`` among the pairs of now, whatever the period."""
        scope = scopes[0]
        if by is not None or scope.only:
            return self.by_row.count(session, scopes, figures, by)
        kept = scope.published or PublishedCounts()
        pairs = kept.number(session, unit_id=scope.unit_id, area=scope.area)
        tallies = {
            figure.name: Tally(session.execute(self._counted(scope, figure)).scalar_one(), pairs)
            for figure in figures
        }
        return [{"": tallies} for _ in scopes]

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
        """Return the pairs behind ``figure``."""
        return self.by_row.rows(session, scope, figure, part, skip=skip, limit=limit)

    def _counted(self, scope: Scope, figure: Figure) -> Select[int]:
        def built() -> Select[int]:
            conditions = (*self.by_row.conditions(scope), figure.counted(scope))
            return self.by_row.joined(sa_select(func.count())).where(*conditions)

        return _COUNTED.of((figure.name, scope.records), built)


_COUNTED: BuiltOnce[tuple[str, Records], Select[int]] = BuiltOnce()
