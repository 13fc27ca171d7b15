"""Detects one-word substitutions between otherwise equal questions.

In an equal frame even unlisted words are significant: 申请低保 and 申请特困, 父亲去世 and
母亲去世. The shortest spans in which the texts differ are compared. They conflict when their
numbers differ, when each is part of a listed word and the words have different meanings, or
when the frame is long and neither span is a mere turn of phrase.
"""

import re
from functools import lru_cache

from qa_service.text.guards.contrasts import CONTRASTS, OPPOSITES, TURNS_OF_PHRASE
from qa_service.text.guards.lexicon import TERM_AXES
from qa_service.text.guards.model import GuardKind, alternatives

LONGEST_TEXT = 80
"""Greatest length compared: in longer texts, which are narratives, a word is incidental."""

LONGEST_SPAN = 8

SHORTEST_FRAME = 4
"""Characters two texts must share for a listed word to be significant."""

LONG_FRAME = 10
"""Characters two texts must share for any word to be significant."""

_PARTS_OF_COMPANIES = frozenset("分子母总")

_OPENING = re.compile(
    r"^(?:请问|你好|您好|咨询|一下|想问|问下|问问|我想|想知道|麻烦|帮我|关于|那个|就是|[,。!?:、\s])+"
)
_SEPARATORS = re.compile(r",急$|[\s,。!?:;、\"()~·]|(?:[吗呢呀啊吧嘛哦]+$)")
_CODE = re.compile(r"[a-z]?\d+(?:\.\d+)?|[a-z]")
_COUNTED = frozenset("一二三四五六七八九十")
_CHINESE = re.compile(r"[\u4e00-\u9fa5]{2,}")


def question_core(normalised: str) -> str:
    """Return a question without opening and separators; empty for a text too long for one."""
    if len(normalised) > LONGEST_TEXT:
        return ""
    return _SEPARATORS.sub("", _OPENING.sub("", normalised))


def substituted_word(ours: str, theirs: str) -> str | None:
    """Return a Chinese description of the word by which stored ``theirs`` differs from ``ours``.

    None without such a difference. Both are question cores. Symmetric except for the order of
    the two words in the description.
    """
    before, after = _shared_ends(ours, theirs)
    span, other = ours[before : len(ours) - after], theirs[before : len(theirs) - after]
    frame = before + after
    if not span or not other:
        return _other_company(ours, theirs, before, after) if frame >= SHORTEST_FRAME else None
    if max(len(span), len(other)) > LONGEST_SPAN:
        return None
    if frame < max(SHORTEST_FRAME, len(span), len(other)):
        return None
    is_different = (
        (_CODE.fullmatch(span) and _CODE.fullmatch(other))
        or {span, other} <= _COUNTED
        or frozenset((span, other)) in OPPOSITES
        or _tell(ours, theirs, before, after, frame)
    )
    if not is_different:
        return None
    return _told(ours, theirs, before, after)


def _other_company(ours: str, theirs: str, before: int, after: int) -> str | None:
    """Return a Chinese description where one text has 分公司 for 公司 and is equal but for it."""
    longer = max(ours, theirs, key=len)
    word = longer[before : len(longer) - after]
    is_other = word in _PARTS_OF_COMPANIES and longer.startswith("公司", len(longer) - after)
    return _told(ours, theirs, before, after) if is_other else None


def _told(ours: str, theirs: str, before: int, after: int) -> str:
    """Return a Chinese description of the differing words."""
    shown, other_shown = _around(ours, before, after), _around(theirs, before, after)
    return f"说法不同：问的是“{shown}”，库中是“{other_shown}”"


def _shared_ends(ours: str, theirs: str) -> tuple[int, int]:
    """Return how many characters the texts share at their beginnings and at their ends."""
    shorter = min(len(ours), len(theirs))
    before = 0
    while before < shorter and ours[before] == theirs[before]:
        before += 1
    after = 0
    while after < shorter - before and ours[-1 - after] == theirs[-1 - after]:
        after += 1
    return before, after


def _tell(ours: str, theirs: str, before: int, after: int, frame: int) -> bool:
    """Return whether the differing words have different meanings."""
    named, others = _named(ours, before, after), _named(theirs, before, after)
    if named and others:
        return not named & others
    span, other = ours[before : len(ours) - after], theirs[before : len(theirs) - after]
    return (
        frame >= LONG_FRAME and _is_content(span) and _is_content(other) and not {*span} & {*other}
    )


def _named(text: str, before: int, after: int) -> frozenset[str]:
    """Return the meanings of the listed words that overlap the differing span of ``text``."""
    end = len(text) - after
    return frozenset(
        meaning
        for word, first, last in _listed_words(text)
        if first < end and last > before
        for meaning in _MEANINGS[word]
    )


def _is_content(span: str) -> bool:
    """Return whether a span is a content word and no turn of phrase."""
    return bool(_CHINESE.fullmatch(span)) and not TURNS_OF_PHRASE.search(span)


def _around(text: str, before: int, after: int) -> str:
    """Return the differing span with two characters on either side, for display."""
    return text[max(0, before - 2) : len(text) - after + min(2, after)]


def _meanings() -> dict[str, frozenset[str]]:
    """Return the meanings of each listed word."""
    found: dict[str, frozenset[str]] = {}
    for axis, values in TERM_AXES:
        if axis.kind is not GuardKind.ASPECT:
            for value, forms in values.items():
                # A narrower kind of insurance may be used in the sense of the wider one, and
                # 周末 includes 周六.
                is_nested = axis.kind in (GuardKind.BENEFIT, GuardKind.DATE)
                wider = axis.parents.get(value, ()) if is_nested else ()
                for form in forms:
                    found[form] = found.get(form, frozenset()) | {value, *wider}
    for line in CONTRASTS.strip().splitlines():
        words = line.split()
        for word in words:
            found[word] = found.get(word, frozenset()) | {words[0]}
    return found


_MEANINGS = _meanings()
_LISTED = re.compile(f"(?=({alternatives(_MEANINGS)}))")


@lru_cache(maxsize=65_536)
def _listed_words(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return the listed words in ``text`` with their first place and end; cached."""
    return tuple((m[1], m.start(1), m.end(1)) for m in _LISTED.finditer(text))
