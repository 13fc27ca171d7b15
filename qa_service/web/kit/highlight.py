"""Highlights a question's words in the text that matched it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text, and whether it is one of the matched words (``is_matched``)."""

    text: str
    is_matched: bool


def highlight(text: str, words: Iterable[str]) -> tuple[Segment, ...]:
    """Return ``text`` cut at each of ``words``, ignoring case; the runs joined give ``text``."""
    wanted = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return (Segment(text, is_matched=False),)
    pattern = re.compile("(" + "|".join(map(re.escape, wanted)) + ")", re.IGNORECASE)
    # With one group, re.split gives unmatched and matched runs in turn.
    runs = enumerate(pattern.split(text))
    return tuple(Segment(run, is_matched=bool(place % 2)) for place, run in runs if run)
