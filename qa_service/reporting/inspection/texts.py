"""Drafts of two texts: the circular (通报) and the paragraph of the yearly report (年度报告).

The circular praises and criticises by the office's own rule; the office edits it, and nothing
sends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.reporting.figures.counting import FigureValue, shown_value
from qa_service.reporting.figures.period import Period
from qa_service.settings import Settings

Values = Mapping[str, FigureValue]

_NOBODY = "本期没有符合条件的单位。"

_NOTICE = (
    "{period}，全区共受理政策咨询 {consultations} 件，当场直接解答率 {direct_answer_rate}；"
    "登记交办 {entries} 件，响应率 {response_rate}，按期办结率 {on_time_rate}，"
    "平均办理时长 {average_workdays}。曾超期 {once_overdue} 件，期末超期未办结 "
    "{overdue_waiting} 件，退回 {returns} 件次。"
)

_RULE = (
    "（口径：本期期限届满不少于 {rule.least} 件、按期办结率不低于 {rule.praise}% "
    "且没有超期未办结的，予以表扬；按期办结率低于 {rule.criticism}% 或者有超期未办结的，"
    "予以批评。）"
)

_YEARLY = (
    "{period}，通过政策咨询问答库受理群众和企业政策咨询 {consultations} 件，当场直接解答率 "
    "{direct_answer_rate}，率先查询率 {search_first_rate}；库中没有答复、登记交承办单位办理 "
    "{entries} 件（其中答案纠错 {corrections} 件），按期办结率 {on_time_rate}，平均办理时长 "
    "{average_workdays}，回访成功率 {callback_success_rate}，回访满意率 {satisfaction_rate}。"
    "问答库入库率 {coverage_rate}，高频问答图解率 {media_rate}，"
    "政策文件全面清理率 {clean_up_rate}，撤回失效答复 {withdrawals} 条次。"
)


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """The office's rule: on-time rates in per cent, and the entries a unit must have had.

    A unit is praised from ``praise`` on if nothing of it is overdue, and criticised below
    ``criticism`` or with anything overdue; one with fewer than ``least`` expired limits is neither.
    """

    praise: int
    criticism: int
    least: int

    @classmethod
    def of(cls, settings: Settings) -> "NoticeRule":
        """Return the rule that the settings give."""
        return cls(
            settings.report_praise_percent,
            settings.report_criticism_percent,
            settings.report_least_entries,
        )


@dataclass(frozen=True, slots=True)
class UnitValues:
    """The figures of one unit."""

    name: str
    values: Values

    @property
    def expired(self) -> int:
        """Return the number of its entries whose limit expired."""
        return self.values["on_time_rate"].denominator or 0

    @property
    def on_time(self) -> float | None:
        """Return its on-time rate in per cent."""
        return self.values["on_time_rate"].value

    @property
    def overdue(self) -> int:
        """Return the number of its entries that are overdue still."""
        return int(self.values["overdue_waiting"].numerator or 0)


def praised(units: Sequence[UnitValues], rule: NoticeRule) -> list[UnitValues]:
    """Return the units to be praised, the best first."""
    found = [
        unit
        for unit in units
        if unit.on_time is not None
        and unit.expired >= rule.least
        and unit.on_time >= rule.praise
        and not unit.overdue
    ]
    return sorted(found, key=lambda unit: (-(unit.on_time or 0), -unit.expired, unit.name))


def criticised(units: Sequence[UnitValues], rule: NoticeRule) -> list[UnitValues]:
    """Return the units to be criticised, the worst first."""
    found = [
        unit
        for unit in units
        if unit.overdue
        or (
            unit.on_time is not None
            and unit.expired >= rule.least
            and unit.on_time < rule.criticism
        )
    ]
    return sorted(found, key=lambda unit: (-unit.overdue, unit.on_time or 0, unit.name))


def notice_text(
    period: Period, values: Values, units: Sequence[UnitValues], rule: NoticeRule
) -> str:
    """Return the draft of the circular."""
    good, bad = praised(units, rule), criticised(units, rule)
    figures = {name: _of(values, name) for name in values}
    parts = [
        f"关于{period.label}政策咨询办理情况的通报（草稿）",
        _NOTICE.format(period=period.label, **figures),
        "一、予以表扬的单位",
        *([_praise(unit) for unit in good] or [_NOBODY]),
        "二、予以批评的单位",
        *([_criticism(unit) for unit in bad] or [_NOBODY]),
        _RULE.format(rule=rule),
    ]
    return "\n".join(parts)


def yearly_text(period: Period, values: Values) -> str:
    """Return the paragraph for the yearly report on open government information."""
    return _YEARLY.format(period=period.label, **{name: _of(values, name) for name in values})


def _of(values: Values, name: str) -> str:
    one = values[name]
    return shown_value(one.figure.measure, one.value)


def _praise(unit: UnitValues) -> str:
    return (
        f"{unit.name}：期限届满 {unit.expired} 件，按期办结率 {_of(unit.values, 'on_time_rate')}。"
    )


def _criticism(unit: UnitValues) -> str:
    rate, returns = (_of(unit.values, name) for name in ("on_time_rate", "returns"))
    return (
        f"{unit.name}：期限届满 {unit.expired} 件，按期办结率 {rate}，"
        f"超期未办结 {unit.overdue} 件，退回 {returns} 件次。"
    )
