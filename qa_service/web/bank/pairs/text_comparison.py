"""Comparison of two texts in bounded time, and of two lists of lines in linear time."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECES = re.compile(r"[A-Za-z0-9.%]+|\s|.", re.DOTALL)
_SENTENCES = re.compile(r"[^。；！？\n]*[。；！？\n]?")
_LINES = re.compile(r"[^\n]*\n?")

LONG = 1_000
"""Text length, in characters, from which the comparison is by sentence instead."""
STEPS = 10_000_000
"""Greatest number of steps a comparison may take in the worst case, about a second."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text: equal on both sides, added, or removed."""

    text: str
    change: str


def compare_texts(old: str, new: str) -> Iterator[Run]:
    """Yield the runs of two texts, compared by characters, or by sentence if either is long.

    Texts that would take too long are compared by line, and at last as wholes: a text of 10,000
    separators has as many pieces, all alike, for which difflib takes cubic time.
    """
    is_long = max(len(old), len(new)) > LONG
    for pattern in (_SENTENCES, _LINES) if is_long else (_PIECES, _SENTENCES, _LINES):
        left, right = _cut(pattern, old), _cut(pattern, new)
        head = _common_length(left, right)
        tail = _common_length(left[head:][::-1], right[head:][::-1])
        within = slice(head, len(left) - tail), slice(head, len(right) - tail)
        if _worst_steps(left[within[0]], right[within[1]]) <= STEPS:
            yield from _same(left[:head])
            yield from _inner_runs(left[within[0]], right[within[1]])
            yield from _same(left[len(left) - tail :])
            return
    yield Run(old, "gone")
    yield Run(new, "added")


def changed_lines(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the lines that only ``old`` has and those only ``new`` has, in their order."""
    return _surplus(old, Counter(new)), _surplus(new, Counter(old))


def _inner_runs(left: Sequence[str], right: Sequence[str]) -> Iterator[Run]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, begin, end, start, stop in matcher.get_opcodes():
        if tag == "equal":
            yield Run("".join(right[start:stop]), "same")
            continue
        if end > begin:
            yield Run("".join(left[begin:end]), "gone")
        if stop > start:
            yield Run("".join(right[start:stop]), "added")


def _same(pieces: Sequence[str]) -> Iterator[Run]:
    if pieces:
        yield Run("".join(pieces), "same")


def _worst_steps(left: Sequence[str], right: Sequence[str]) -> int:
    """Return the steps difflib takes at most: equal pairs of pieces, once for each match."""
    counts = Counter(right)
    pairs = sum(counts[piece] for piece in left)
    return (pairs + len(left)) * max(1, min(len(left), len(right)))


def _common_length(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many pieces at the beginning are the same on both sides."""
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        length += 1
    return length


def _surplus(lines: Sequence[str], known: Counter[str]) -> list[str]:
    found = []
    for line in lines:
        if known[line] > 0:
            known[line] -= 1
        else:
            found.append(line)
    return found


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return ``text`` cut into the pieces that are compared."""
    return [piece for piece in pattern.findall(text) if piece]
