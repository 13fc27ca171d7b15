"""Marks the words of a question in the text it matched."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text, and whether it is one of the matched words."""

    text: str
    is_matched: bool


def highlight(text: str, words: Iterable[str]) -> tuple[Segment, ...]:
    """``text`` cut into runs that together give it back unchanged."""
    wanted = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return (Segment(text, is_matched=False),)
    pattern = re.compile("(" + "|".join(map(re.escape, wanted)) + ")", re.IGNORECASE)
    # With one group, re.split gives unmatched and matched runs in turn.
    runs = enumerate(pattern.split(text))
    return tuple(Segment(run, is_matched=bool(place % 2)) for place, run in runs if run)
