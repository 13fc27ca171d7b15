"""Breakdowns of figures with the names of their rows in Chinese, in the order of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from qa_service.accounts.areas import area_names
from qa_service.accounts.units import unit_names
from qa_service.reporting.figures.contract import Figure, Tally
from qa_service.reporting.figures.counting import FigureValue, break_down
from qa_service.reporting.figures.scope import Dimension, Key, Scope
from qa_service.vocabulary import Channel

_NONE = {
    Dimension.UNIT: "没有相近的问答",
    Dimension.FIELD: "未选领域",
    Dimension.CHANNEL: "未填渠道",
}


@dataclass(frozen=True, slots=True)
class BrokenDown:
    """The figures of one value of a dimension, its key as addresses write it, and its name."""

    key: str
    label: str
    values: dict[str, FigureValue]


def labelled_breakdown(
    session: Session,
    scope: Scope,
    by: Dimension,
    figures: Sequence[Figure],
    *,
    totals: dict[str, Tally] | None = None,
) -> list[BrokenDown]:
    """Return the breakdown of ``figures``; units and areas by name, days and hours by time.

    ``totals`` is given what ``break_down`` gives it.
    """
    found = break_down(session, scope, by, figures, totals=totals)
    names = _names(session, by)
    places = {key: place for place, key in enumerate(names)}
    last = len(places)
    keys = sorted(found, key=lambda key: (places.get(key, last), key == "", str(key).zfill(10)))
    return [BrokenDown(written(key), _label(by, key, names), found[key]) for key in keys]


def written(key: Key) -> str:
    """Return a value of a dimension as addresses write it."""
    return key.isoformat() if isinstance(key, date) else str(key)


def read_key(by: Dimension, text: str) -> Key:
    """Return the value of a dimension that an address writes; raises ValueError for none."""
    if not text or by in (Dimension.UNIT, Dimension.FIELD):
        return text
    if by is Dimension.DAY:
        return date.fromisoformat(text)
    if by is Dimension.CHANNEL:
        return Channel(text)
    hour = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 24
    if hour > 23:
        raise ValueError("no hour of the day")
    return hour


def _names(session: Session, by: Dimension) -> Mapping[Any, str]:
    if by is Dimension.UNIT:
        return {unit.key: unit.name for unit in unit_names(session)}
    if by is Dimension.FIELD:
        return area_names(session)
    if by is Dimension.CHANNEL:
        return {channel: channel.label for channel in Channel}
    return {}


def _label(by: Dimension, key: Key, names: Mapping[Any, str]) -> str:
    if key == "" and by in _NONE:
        return _NONE[by]
    if by is Dimension.HOUR:
        return f"{key} 时"
    return names.get(key, written(key))
