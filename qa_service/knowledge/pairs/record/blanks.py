"""Blanks of a text that only the district can fill in: 【本地：低保标准，元/月】.

Whatever brackets, signs and spaces somebody types it with, a blank is not told.
"""

import re
import unicodedata
from functools import lru_cache

_STANDARD = re.compile(r"【\s*本地\s*[：:]\s*([^】]*)】")
_HELD = r"[^】]{0,80}"
_COLON = r"[:;∶ː꞉︰=|-]"
_BLANK = re.compile(
    # In square brackets of any kind 本地 begins a blank, and so does a note to fill it in.
    rf"【\s*(?:本\s*地|待\s*(?:填|补|定|核|确认)|请?填(?:写|入))\s*{_COLON}*({_HELD})"
    rf"|【\s*(?:当\s*地|本\s*[区市县镇])\s*{_COLON}+({_HELD})"
    # In others, which sentences have too, only with a colon.
    rf"|[(「『《<]\s*(?:本|当)\s*地[^)」』》>]{{0,6}}?{_COLON}\s*([^)」』》>]{{0,80}})"
    r"|(_{3,})|((?:x|X|×|\*){2,}(?=\s*(?:元|%|岁|天|日|个月|号|年)))"
)
_HINT = re.compile(
    r"[\[({<「『《【〔〖〈〘〚\u2045\u27e6-\u27ef\u2983-\u2998\u3010-\u301b\ufe17-\ufe5d（［｛｟]"
    r"|_{3}|[xX×*]{2}|[＿ｘＸ]"
)
"""Signs of which a text with a blank has at least one: most texts have none."""
CACHED_TEXTS = 2_048
"""Number of texts with such a sign whose blanks are kept: every search asks those it shows."""

_ORDINARY = "(「『《<)」』》>"
_TRADITIONAL = str.maketrans("當區縣鎮確認", "当区县镇确认")


def local_blanks(text: str) -> tuple[str, ...]:
    """Return the description of each unfilled blank of ``text``, in their order."""
    return _blanks_of(text) if _HINT.search(text) else ()


@lru_cache(maxsize=CACHED_TEXTS)
def _blanks_of(text: str) -> tuple[str, ...]:
    """Return the description of each unfilled blank of a text that may have some."""
    standard = [match[1].strip() for match in _STANDARD.finditer(text)]
    found = [_described(match) for match in _BLANK.finditer(_folded(text))]
    # In the usual writing the description is told as it was written.
    written = standard if len(standard) == len(found) else found
    return tuple(description or "本地内容" for description in written)


def _described(match: re.Match[str]) -> str:
    return next((part.strip() for part in match.groups() if part), "")


def _folded(text: str) -> str:
    """Return ``text`` with one form for signs and brackets, without invisible signs."""
    plain = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL)
    return "".join(_bracket(sign) for sign in plain if unicodedata.category(sign) != "Cf")


def _bracket(sign: str) -> str:
    """Return 【 or 】 for a bracket of any kind that sentences do not use, else the sign."""
    kind = unicodedata.category(sign)
    if sign in _ORDINARY or kind not in ("Ps", "Pe"):
        return sign
    return "【" if kind == "Ps" else "】"
