"""Keywords: a few words that name a matter and ask nothing of it."""

import re

from qa_service.consultation.inquiry import search_text

KEYWORD_CHARACTERS = 8
"""Longest question that is taken for a keyword."""

_ASKS = re.compile(
    r"[？?吗呢么]|怎|如何|多少|多久|几|哪|谁|何时|能不能|可不可以|是不是|有没有|是否|能否|可否|要不要|为啥"
)


def is_keyword(question: str) -> bool:
    """Return whether the question only names a matter (产假, 低保); its pairs stand by aspect."""
    words = search_text(question).strip()
    return len(words) <= KEYWORD_CHARACTERS and _ASKS.search(words) is None
