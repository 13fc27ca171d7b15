"""Models of figures and inspection packages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.content_fields import FieldKey, UnitKey
from qa_service.api.text_types import ISODate, StrictModel
from qa_service.reporting.figures.breakdown import BrokenDown
from qa_service.reporting.figures.contract import Measure
from qa_service.reporting.figures.counting import Compared, FigureValue
from qa_service.reporting.figures.period import Period
from qa_service.reporting.figures.scope import Dimension
from qa_service.reporting.figures.table import FIGURES
from qa_service.reporting.inspection.content import PackageContent
from qa_service.reporting.inspection.service import is_unchanged
from qa_service.reporting.models import InspectionPackage


class PeriodQuery(StrictModel):
    """The period of a report."""

    since: ISODate | None = Field(None, description="起始日期；不写的，从当年1月1日起")
    until: ISODate | None = Field(None, description="截止日期；都不写的，为本季度")

    @property
    def typed(self) -> tuple[str, str]:
        """Return both dates as text; "" where not given."""
        return (
            self.since.isoformat() if self.since else "",
            self.until.isoformat() if self.until else "",
        )


class FiguresQuery(PeriodQuery):
    """The part of the records that figures are about."""

    unit: UnitKey | None = Field(None, description="承办单位的 key")
    field: FieldKey | None = Field(None, description="领域的 key")
    by: Dimension | None = Field(
        None, description="按 unit、field、channel、day 或 hour 分，结果在 breakdown"
    )


class PackageIn(PeriodQuery):
    """The period of a package to issue."""


class FigureOut(BaseModel):
    """A figure with its definition; ``value`` is null where there is nothing to count."""

    name: str
    label: str
    measure: Measure
    value: float | None
    numerator: float | None
    denominator: int | None = Field(description="计件的指标没有分母")
    before: float | None = Field(description="上期的值")
    numerator_text: str
    denominator_text: str
    excluded: str
    source: str
    is_present: bool = Field(description="编制时的情况，与起止日期无关")

    @classmethod
    def of(cls, compared: Compared) -> Self:
        """Return the figure as counted."""
        figure, now = compared.now.figure, compared.now
        return cls(
            name=figure.name,
            label=figure.label,
            measure=figure.measure,
            value=now.value,
            numerator=now.numerator,
            denominator=now.denominator,
            before=compared.before.value,
            numerator_text=figure.numerator,
            denominator_text=figure.denominator,
            excluded=figure.excluded,
            source=figure.source.label,
            is_present=figure.source.is_present,
        )


class ValueOut(BaseModel):
    """The value of a figure in a breakdown."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: float | None
    numerator: float | None
    denominator: int | None


class BrokenDownOut(BaseModel):
    """The figures of one unit, area, channel, day or hour."""

    key: str
    label: str
    values: list[ValueOut]

    @classmethod
    def of(cls, row: BrokenDown) -> Self:
        """Return one row of a breakdown, its figures in the order of the table."""
        values: list[FigureValue] = [
            row.values[figure.name] for figure in FIGURES if figure.name in row.values
        ]
        return cls(
            key=row.key,
            label=row.label,
            values=[ValueOut.model_validate(value) for value in values],
        )


class FiguresOut(BaseModel):
    """Every figure of a period."""

    since: date
    until: date
    items: list[FigureOut]
    breakdown: list[BrokenDownOut]

    @classmethod
    def of(cls, period: Period, found: Sequence[Compared], rows: Sequence[BrokenDown]) -> Self:
        """Return the response."""
        return cls(
            since=period.first,
            until=period.last,
            items=[FigureOut.of(one) for one in found],
            breakdown=[BrokenDownOut.of(row) for row in rows],
        )


class PackageSummaryOut(BaseModel):
    """A package in the list."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    occasion: str | None = Field(description="定时编制的，为其场合")
    since: date
    until: date
    checksum: str
    issued_by: str
    issued_at: datetime


class PackageListOut(BaseModel):
    """The packages issued, newest first."""

    items: list[PackageSummaryOut]

    @classmethod
    def of(cls, packages: Sequence[InspectionPackage]) -> Self:
        """Return the response."""
        return cls(items=[PackageSummaryOut.model_validate(one) for one in packages])


class PackageOut(PackageSummaryOut):
    """A package as issued; ``notice`` is the circular as the office left it."""

    notice: str
    is_unchanged: bool = Field(description="内容与编制时的校验码一致")
    content: PackageContent

    @classmethod
    def of(cls, package: InspectionPackage) -> Self:
        """Return the response."""
        summary = PackageSummaryOut.model_validate(package).model_dump()
        return cls(
            **summary,
            notice=package.notice,
            is_unchanged=is_unchanged(package),
            content=package.content,
        )
