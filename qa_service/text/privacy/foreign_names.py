"""Finds names that are not of a surname and a given name: of minorities, with dots, in Latin."""

import re
from collections.abc import Iterator

from qa_service.text.privacy.surnames import MINORITY_SYLLABLES

_CHINESE = r"[\u4e00-\u9fff]"
_PARTICLES = "尔提木江汗娜丽拉甫"
_DOTTED = re.compile(rf"{_CHINESE}{{2,8}}(?:[·.•]{_CHINESE}{{1,8}}){{1,3}}")
_MINORITY = re.compile(rf"(?:{MINORITY_SYLLABLES}|[{_PARTICLES}·]){{2,8}}")
_SYLLABLE = re.compile(MINORITY_SYLLABLES)
_ALONE = re.compile(
    rf"(?<!{_CHINESE})(?:{MINORITY_SYLLABLES})(?:{MINORITY_SYLLABLES}|[{_PARTICLES}])+"
    rf"(?=的|(?!{_CHINESE}))"
)
_LATIN = re.compile(r"[A-Z][A-Za-z]{1,15}(?: [A-Z][A-Za-z]{1,15}){1,2}(?![A-Za-z0-9])")
_LEAST = 3
_LEAST_ALONE = 4


def foreign_names(plain: str) -> Iterator[tuple[int, int]]:
    """Yield names with a dot that hold a syllable of minorities, and those that stand alone."""
    for match in _DOTTED.finditer(plain):
        if syllable := _SYLLABLE.search(match[0]):
            yield match.start() + _lead(match[0], syllable.start()), match.end()
    for match in _ALONE.finditer(plain):
        if len(match[0]) >= _LEAST_ALONE:
            yield match.span()


def foreign_end(plain: str, at: int, *, is_labelled: bool) -> int:
    """Return where a name of several parts, of a minority or in Latin ends; ``at`` for none.

    Latin ones, and dotted ones without a known syllable, only after a label such as 我叫.
    """
    dotted = _DOTTED.match(plain, at)
    if dotted and (is_labelled or _SYLLABLE.search(dotted[0])):
        return dotted.end()
    latin = _LATIN.match(plain, at) if is_labelled else None
    if latin:
        return latin.end()
    minority = _MINORITY.match(plain, at)
    if minority and len(minority[0]) >= _LEAST and _SYLLABLE.match(plain, at):
        return minority.end()
    return at


def _lead(name: str, syllable: int) -> int:
    """Return how many characters before the first known syllable are not of the name."""
    return syllable if syllable <= name.find("·") else 0
