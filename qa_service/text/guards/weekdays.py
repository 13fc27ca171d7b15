"""The axis of days and hours at which something is open: 周六 or 周日, 周末 or 工作日."""

from qa_service.text.guards.model import AxisTerms, GuardKind, axis_terms

_WORKDAYS, _SATURDAY = "一二三四五", "六"
_DAYS = "\n".join(
    (
        *(f"周{sign} 星期{sign} 礼拜{sign}" for sign in (*_WORKDAYS, _SATURDAY)),
        "周日 周天 星期日 星期天 礼拜日 礼拜天",
        "周末 双休日 双休 休息日",
        "工作日 上班日",
        "节假日 法定节日 法定假日 公休日",
        "中午 午休 午间",
    )
)
_WIDER = "\n".join(("周六 周末", "周日 周末", *(f"周{sign} 工作日" for sign in _WORKDAYS)))

# Every value is weak: callers name the day on which something befell them, so a day that only one
# side names is no doubt. Several values of a text count together, none of them being stronger.
WEEKDAY_AXIS: AxisTerms = axis_terms(
    GuardKind.DATE,
    "哪天",
    _DAYS,
    _WIDER,
    weak=" ".join(row.split()[0] for row in _DAYS.split("\n")),
)
"""Days of the week and what they are: 周末 includes 周六 and 周日, 工作日 the others."""
