"""Announced years: days off and make-up days of State Council notices, read from files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import yaml

from qa_service.errors import ConfigurationError

KEYS = ("notice", "days_off", "make_up_days")
"""The keys of a file, all of them required and no others allowed."""


class HolidayFileError(ConfigurationError):
    """A file of announced holidays cannot be used; the message names it and the cause."""

    code = "holiday_file"
    title = "节假日文件有误"


class _ContentError(ValueError):
    """The content of a file is wrong; the message says in Chinese how."""


@dataclass(frozen=True, slots=True)
class AnnouncedYear:
    """One year's notice: its number (文号), days off and make-up working days.

    Days may lie in the preceding December, in which the New Year's break often begins.
    """

    year: int
    notice: str
    days_off: frozenset[date]
    make_up_days: frozenset[date]


def load_announced(folder: Path) -> dict[int, AnnouncedYear]:
    """Return the years of the files ``<year>.yaml`` in ``folder``, by year; {} if it is missing.

    Raises HolidayFileError for a file that deviates from the format in any way, because a
    wrong holiday causes wrong deadlines.
    """
    found = (_read(path) for path in sorted(folder.glob("*.yaml")))
    return {announced.year: announced for announced in found}


def _read(path: Path) -> AnnouncedYear:
    try:
        if not re.fullmatch(r"[0-9]{4}", path.stem):
            raise _ContentError("文件名应为四位年份，如 2027.yaml")
        return _announced(int(path.stem), yaml.safe_load(path.read_text(encoding="utf-8")))
    except _ContentError as fault:
        raise HolidayFileError(f"节假日文件 {path.name} 有误：{fault}") from fault
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise HolidayFileError(f"节假日文件 {path.name} 无法读取：{error}") from error


def _announced(year: int, content: object) -> AnnouncedYear:
    if not isinstance(content, Mapping) or set(content) != set(KEYS):
        raise _ContentError(f"应当且只能有 {'、'.join(KEYS)} 三项")
    notice = content["notice"]
    if not isinstance(notice, str) or not notice.strip():
        raise _ContentError("notice 应为国务院办公厅通知的文号")
    days_off = _days(content["days_off"], year, "days_off")
    make_up_days = _days(content["make_up_days"], year, "make_up_days")
    _check(days_off, make_up_days)
    return AnnouncedYear(year, notice.strip(), days_off, make_up_days)


def _days(raw: object, year: int, key: str) -> frozenset[date]:
    if not isinstance(raw, list):
        raise _ContentError(f"{key} 应为日期列表")
    for day in raw:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise _ContentError(f"{key} 中的 {day} 不是日期（格式 {year}-01-01）")
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            raise _ContentError(f"{key} 中的 {day} 不属于 {year} 年")
        if raw.count(day) > 1:
            raise _ContentError(f"{key} 中的 {day} 重复")
    return frozenset(raw)


def _check(days_off: frozenset[date], make_up_days: frozenset[date]) -> None:
    if not days_off:
        raise _ContentError("days_off 为空")
    for day in sorted(make_up_days):
        if day in days_off:
            raise _ContentError(f"{day} 既是放假日又是上班日")
        if day.weekday() < 5:
            raise _ContentError(f"make_up_days 中的 {day} 不是周六或周日")
