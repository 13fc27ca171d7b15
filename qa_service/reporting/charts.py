"""Data of the charts of figures: bars stacked by part, scaled to the longest one.

Charts are drawn as SVG by the server: they print, need no script and ask no other host.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar: its place and length in per cent of the widest bar, tone and count."""

    x: float
    width: float
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    parts: tuple[BarPart, ...]


def stacked_bars(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> tuple[Bar, ...]:
    """Return the bars of ``rows``: a label, and tones with counts, each."""
    longest = max((sum(count for _, count in parts) for _, parts in rows), default=0)
    return tuple(Bar(label, _parts(parts, longest)) for label, parts in rows)


def _parts(parts: Sequence[tuple[str, int]], longest: int) -> tuple[BarPart, ...]:
    found: list[BarPart] = []
    x = 0.0
    for tone, count in parts:
        width = 100 * count / longest if longest else 0.0
        found.append(BarPart(round(x, 3), round(width, 3), tone, count))
        x += width
    return tuple(found)
