"""Dates as people write them in tables, and as Excel stores them."""

import re
import unicodedata
from datetime import date, timedelta

from qa_service.text.numerals import numeral_value

MODEL = "请写成 2026-01-31 的样子"

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣", "-") | {"。": "."})
_YEAR_SIGNS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?"
)
_TIME = re.compile(r"(?<=[\d日号])[\sT]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_WEEKDAY = re.compile(r"\((?:星期|周)[一二三四五六日天]\)$")
_DATES = (
    re.compile(
        r"(?P<year>\d{4})(?P<sign>[-./\\])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})[日号.]?"
    ),
    re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?"),
    re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"),
)

_DAY_ZERO = date(1899, 12, 30)
_DAY_ZERO_1904 = date(1904, 1, 1)
_FIRST_SERIAL_DAY = date(1949, 10, 1)
_LAST_SERIAL_DAY = date(2100, 12, 31)


def parse_day(text: str) -> date | None:
    """Return the day that ``text`` names; None for another text.

    Year, month and day in this order: 2026-1-31, 2026/1/31, 2026.1.31, 20260131, 2026年1月31日,
    二〇二六年一月三十一日, in full or half width. A time and a weekday behind it are ignored. A
    year of two digits and American order are refused, because they can be read in two ways.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    folded = _WEEKDAY.sub("", _TIME.sub("", folded))
    folded = re.sub(r"\s+", "", folded)
    named = _CHINESE.fullmatch(folded)
    if named is not None:
        year = named[1].translate(_YEAR_SIGNS)
        return _day(year, numeral_value(named[2]), numeral_value(named[3]))
    folded = folded.translate(_DASHES)
    for pattern in _DATES:
        found = pattern.fullmatch(folded)
        if found is not None:
            return _day(found["year"], found["month"], found["day"])
    return None


def day_of_serial(serial: float, *, from_1904: bool = False) -> date | None:
    """Return the day of an Excel serial number; None for a number that is hardly a date.

    Numbers count from 1899-12-30, in a workbook of the 1904 date system from 1904-01-01
    (ECMA-376, 18.17.4.1). Only days from 1949-10-01 to 2100-12-31 are taken for dates.
    """
    zero = _DAY_ZERO_1904 if from_1904 else _DAY_ZERO
    if not 0 < serial < 1e5:
        return None
    day = zero + timedelta(days=int(serial))
    return day if _FIRST_SERIAL_DAY <= day <= _LAST_SERIAL_DAY else None


def _day(year: str, month: str | int | None, day: str | int | None) -> date | None:
    """Return the day of these numbers; None for one the calendar does not have."""
    if month is None or day is None:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
