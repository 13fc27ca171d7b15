"""Keywords (关键词): questions that name a matter and ask nothing of it."""

import re

from qa_service.text.question_words import asks

KEYWORD_CHARACTERS = 6
"""Longest keyword without a space between its words."""

KEYWORD_WORDS = 4
"""Most words of a keyword typed with spaces; each has at most ``WORD_CHARACTERS``."""

WORD_CHARACTERS = 8

_SENTENCE_WORDS = re.compile(r"[我你您他她它咱俺的了吧啊呀哦]|有点|听说")
_CHINESE_OR_NUMBER = re.compile(r"[\u4e00-\u9fff]|^\d{3,12}$")
_SHORT_NUMBER = re.compile(r"1[0-9]{2,4}|9[56][0-9]{3}")
"""Numbers that the public dials (110, 12333, 95598): no other begins like them."""

_SPACE = re.compile(r"\s+")


def is_short_number(form: str) -> bool:
    """Return whether a question in matching form is nothing but a public short number."""
    return _SHORT_NUMBER.fullmatch(form) is not None


def is_keyword(text: str, form: str) -> bool:
    """Return whether a question is one keyword or a few, given as written and in matching form."""
    if not _CHINESE_OR_NUMBER.search(form):
        return False
    words = _SPACE.split(text.strip())
    if len(words) > 1:
        is_listed = "," not in form and len(words) <= KEYWORD_WORDS
        return is_listed and all(len(word) <= WORD_CHARACTERS for word in words)
    is_short = 2 <= len(form) <= KEYWORD_CHARACTERS and "," not in form
    return is_short and not asks(form) and not _SENTENCE_WORDS.search(form)
