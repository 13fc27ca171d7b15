"""One folded view of a text, in which personal data is looked for, with positions back.

Full-width, circled, superscript and mathematical signs become plain ones (NFKC), dashes and
white space one sign each, and invisible characters are left out. Markers that are already in
the text stand as one barrier, which no pattern matches and no number crosses.
"""

import re
import unicodedata
from functools import lru_cache

from qa_service.text.privacy.kinds import MARKERS, PersonalDataKind

BARRIER = "\ufffc"
"""Stands for what is masked already, except names."""
NAME_BARRIER = "\ufffb"
"""Stands for a name that is masked already: no name is looked for because of it."""

_NAME = MARKERS[PersonalDataKind.NAME]
_MARKER = re.compile("|".join(map(re.escape, MARKERS.values())))
_DASHES = frozenset("‐‑‒–—―−﹣－─━‧")
_DOTS = frozenset("•∙⋅・．●‧")
_LONGEST_FOLD = 4
"""Longest folded form kept: the ligatures beyond it are words, not numbers."""


class TextView:
    """The folded form of a text; what is found in it is hidden from later finders."""

    def __init__(self, text: str) -> None:
        self.text = text
        signs: list[str] = []
        self._starts: list[int] = []
        at = 0
        for marker in _MARKER.finditer(text):
            self._add(signs, at, marker.start())
            signs.append(NAME_BARRIER if marker[0] == _NAME else BARRIER)
            self._starts.append(marker.start())
            at = marker.end()
        self._add(signs, at, len(text))
        self._signs = signs
        self.plain = "".join(signs)

    def _add(self, signs: list[str], start: int, end: int) -> None:
        """Append the folded characters of one stretch of the text."""
        for at in range(start, end):
            for sign in _folded(self.text[at]):
                signs.append(sign)
                self._starts.append(at)

    def hide(self, spans: list[tuple[int, int]]) -> None:
        """Put barriers where ``spans`` of the view lie; positions do not change."""
        for start, end in spans:
            self._signs[start:end] = BARRIER * (end - start)
        if spans:
            self.plain = "".join(self._signs)

    def position(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end in the text of a stretch of the view."""
        return self._starts[start], self._starts[end - 1] + 1


@lru_cache(maxsize=20_000)
def _folded(sign: str) -> str:
    """Return the plain form of one character; empty for an invisible one."""
    if sign in _DASHES:
        return "-"
    if sign in _DOTS:
        return "·"
    if sign in "\n\r\t\x0b\x0c\x85\u2028\u2029":
        return " "
    category = unicodedata.category(sign)
    if category in ("Cf", "Cc", "Cs", "Mn", "Me"):
        return ""
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    if category == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", sign)
    if plain == sign or len(plain) > _LONGEST_FOLD:
        return sign
    return "".join(_folded(one) if one != sign else one for one in plain)
