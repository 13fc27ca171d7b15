"""Blanks of a text that only the district can fill in: 【本地：低保标准，元/月】."""

import re

_BLANK = re.compile(r"【\s*本地\s*[：:]\s*([^】]*)】")


def local_blanks(text: str) -> tuple[str, ...]:
    """Return the description of each unfilled blank of ``text``, in their order."""
    return tuple(match[1].strip() or "本地内容" for match in _BLANK.finditer(text))
