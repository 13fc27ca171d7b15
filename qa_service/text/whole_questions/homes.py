"""Tells which home of a family is asked about: what holds for the first does not for the second."""

import re

_LATER = re.compile(r"(?:(?<![没无])第|(?:^|[,的算]))([2-9二三四五])套(?=房|住|的|$|,)")
_FIRST = re.compile(r"(?<!比)(?:首套|头套|第[1一]套)|唯一")
_ANY_LATER = re.compile(r"[2-9二三四五两多]套|不享受")
_GRADED = re.compile(r"契税|首付|贷|利[率息]|公积金")
"""What the number of the home decides; 房产税 and 印花税 are the same for each."""


def other_home(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the home asked about, if no text of the pair names it.

    ``asked`` and ``stored`` are normalised texts, the pair's own question last.
    """
    if not _GRADED.search(asked):
        return None
    later, first = _LATER.search(asked), _FIRST.search(asked)
    if later and not first and not any(map(_ANY_LATER.search, stored)):
        return f"套数不同：问的是第{later[1]}套，这条没有说到"
    if first and not _ANY_LATER.search(asked):
        standard = stored[-1]
        if _LATER.search(standard) and not _FIRST.search(standard):
            return "套数不同：问的是首套，库中是第2套"
    return None
