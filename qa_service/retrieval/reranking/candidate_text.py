"""The texts of a candidate as the cross-encoder reads them."""

MOST_TOKENS = 96
"""Longest pair that is read, a question and a text together: the longer one is cut."""


def candidate_text(wording: str, question: str) -> str:
    """Return the wording nearest to what is asked, then the pair's own question.

    The question alone where the pair was found by its answer (``wording`` empty) or by the
    question itself.
    """
    wording, question = wording.strip(), question.strip()
    return question if wording in ("", question) else f"{wording} {question}".strip()


def answering_text(question: str, passage: str) -> str:
    """Return the pair's own question, then a passage of its answer; empty without a passage."""
    question, passage = question.strip(), passage.strip()
    return f"{question} {passage}".strip() if passage else ""
