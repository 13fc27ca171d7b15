"""Headings of tables as offices write them, matched to the columns of a file.

Stars, line breaks, widths and notes in brackets (标准问题*, 承办⏎单位, 相似问（选填）) are
decoration; so are numbers before them. The keys of JSONL are exact.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_NOTES_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>")
_DECORATION = re.compile(r"[\s*★☆●※#:：.、,，。_\-]+")
_DEMANDS = re.compile(r"(必填|选填|必填项|选填项|可不填)$")
_NUMBERING = re.compile(r"^(\d{1,2}|[一二三四五六七八九十]{1,2})[.、．]")

IGNORED = frozenset({"note", "备注", "序号", "序", "no", "编制说明"})
"""Columns that a table may have for its own use."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of a table: the one of each column found, unknown and repeated ones."""

    found: Mapping[str, str]
    unknown: tuple[str, ...]
    repeated: tuple[tuple[str, str], ...]


def plain_heading(heading: str) -> str:
    """Return ``heading`` without decoration, in one width and case."""
    folded = unicodedata.normalize("NFKC", heading).lower()
    folded = _NUMBERING.sub("", _NOTES_IN_BRACKETS.sub("", folded).strip())
    return _DEMANDS.sub("", _DECORATION.sub("", folded))


@lru_cache(maxsize=256)
def match_headings(
    headings: tuple[str, ...], texts_of: tuple[tuple[str, tuple[str, ...]], ...]
) -> Headings:
    """Return which of the ``headings`` of a table stands for which column.

    ``texts_of`` gives the texts under which each column may stand; a later one takes precedence.
    """
    meanings = {plain_heading(text): name for name, texts in texts_of for text in texts}
    found: dict[str, str] = {}
    unknown: list[str] = []
    repeated: list[tuple[str, str]] = []
    for heading in headings:
        name = meanings.get(plain_heading(heading))
        if name is None:
            if plain_heading(heading) not in IGNORED:
                unknown.append(heading)
        elif name in found:
            repeated.append((found[name], heading))
        else:
            found[name] = heading
    return Headings(found, tuple(unknown), tuple(repeated))
