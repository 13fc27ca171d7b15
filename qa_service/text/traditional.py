"""Texts and pages in Traditional characters (繁体), for readers of the public desk used to them.

Characters and no words are changed: what a rule calls a thing stays. Answers are approved in
Simplified Chinese, which the page says.
"""

import re
from functools import lru_cache

from opencc import OpenCC

_KEPT = ("<script", "<style", "<textarea", "<!--")
_TAG = re.compile(
    r"(<(script|style|textarea)\b.*?</\2>|<!--.*?-->|<[^>]*>)",
    re.DOTALL,
)
_READ_OUT = re.compile(
    r'(?<=\s)((?:placeholder|alt|title|aria-label|data-then|data-failed|data-works)=")([^"]*)(")'
)
"""Attributes that are shown or read out, by scripts too; addresses and values stay as they are."""

_DAYS_AFTER = re.compile(r"([\d一二三四五六七八九十百日幾數]\s*天)后")
"""The converter takes 天后 for a title, after a number too."""


def traditional(page: str) -> str:
    """Return an HTML page with its text in Traditional characters."""
    written, at = [], 0
    for tag in _TAG.finditer(page):
        written += [traditional_text(page[at : tag.start()]), _tag(tag[0])]
        at = tag.end()
    converted = "".join((*written, traditional_text(page[at:])))
    return converted.replace('<html lang="zh-CN"', '<html lang="zh-Hant"', 1)


def traditional_text(text: str) -> str:
    """Return a text in Traditional characters."""
    converted: str = _converter().convert(text)
    return _DAYS_AFTER.sub(r"\1後", converted)


def _tag(tag: str) -> str:
    if tag.startswith(_KEPT):
        return tag
    return _READ_OUT.sub(lambda found: f"{found[1]}{traditional_text(found[2])}{found[3]}", tag)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    """Return the converter, which takes 0.3 s and 42 MB: made when somebody first asks for it."""
    # The forms of Hong Kong's list (為, 台) rather than OpenCC's own (爲, 臺).
    return OpenCC("s2hk")
