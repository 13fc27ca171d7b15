"""Keywords: a few words that name a matter and ask nothing of it."""

from qa_service.consultation.inquiry import search_text
from qa_service.text import keywords
from qa_service.text.matching_form import matching_form


def is_keyword(question: str) -> bool:
    """Return whether the search took the question for a keyword; its pairs stand by aspect."""
    words = search_text(question)
    return keywords.is_keyword(words, matching_form(words))
