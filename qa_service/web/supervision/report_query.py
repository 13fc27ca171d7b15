"""The period, unit, area and breakdown of a report, as page addresses write them."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from sqlmodel import Session

from qa_service.accounts.areas import AreaNotFoundError
from qa_service.accounts.units import UnitNotFoundError
from qa_service.errors import QAServiceError
from qa_service.reporting.figures.period import InvalidPeriodError, Period, read_period
from qa_service.reporting.figures.scope import Dimension, Key, Scope, open_scope
from qa_service.web.kit.forms import member_or_none, plain_text, problems_by_field
from qa_service.web.kit.visit import PageContext

REFUSALS = (InvalidPeriodError, UnitNotFoundError, AreaNotFoundError)
"""What may be wrong with a report asked for."""


def report_problems(refusal: QAServiceError) -> dict[str, list[str]]:
    """Return what is wrong with a report asked for, by the field of its form."""
    if isinstance(refusal, UnitNotFoundError):
        return {"unit": [refusal.message]}
    if isinstance(refusal, AreaNotFoundError):
        return {"field": [refusal.message]}
    return problems_by_field(refusal)


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """The parameters as typed; an unknown breakdown is that by unit."""

    since: str = ""
    until: str = ""
    unit: str = ""
    field: str = ""
    by: str = ""

    @property
    def dimension(self) -> Dimension:
        """Return the way to break figures down."""
        return member_or_none(Dimension, self.by) or Dimension.UNIT

    def scope(
        self, session: Session, visit: PageContext, only: tuple[Dimension, Key] | None = None
    ) -> Scope:
        """Return the scope asked for.

        Raises InvalidPeriodError, UnitNotFoundError and AreaNotFoundError.
        """
        period = read_period(self.since, self.until, today=visit.today)
        return open_scope(
            session,
            period,
            now=visit.now,
            calendar=visit.services.calendar,
            unit=self.unit,
            area=self.field,
            only=only,
            published=visit.services.published_counts,
        )

    def of(self, period: Period) -> "ReportQuery":
        """Return the same report of another period."""
        return replace(self, since=period.first.isoformat(), until=period.last.isoformat())

    def address(self, path: str, **more: str) -> str:
        """Return the address of a page about the same part of the records."""
        common = ("since", self.since, "until", self.until, "unit", self.unit, "field", self.field)
        others = {"by": self.by} | more
        besides = [part for item in others.items() for part in item]
        return f"{path}?{'&'.join(filter(None, (_encoded(*common), _encoded(*besides))))}"


@lru_cache(maxsize=4_096)
def _encoded(*given: str) -> str:
    """Return names and values, in turns, as a query; a page of figures has hundreds of them."""
    both = zip(given[::2], given[1::2], strict=True)
    return urlencode([(name, value) for name, value in both if value])


def read_query(
    since: str = "", until: str = "", unit: str = "", field: str = "", by: str = ""
) -> ReportQuery:
    """Return the parameters without control characters."""
    return ReportQuery(*(plain_text(text)[:64] for text in (since, until, unit, field, by)))


Asked = Annotated[ReportQuery, Depends(read_query)]
