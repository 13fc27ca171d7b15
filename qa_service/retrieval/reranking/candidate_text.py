"""The text of a candidate as the cross-encoder reads it."""


def candidate_text(wording: str, question: str) -> str:
    """Return the wording nearest to what is asked, then the pair's own question.

    The question alone where the pair was found by its answer (``wording`` empty) or by the
    question itself: a start of the answer doubled the cost of a pair.
    """
    wording, question = wording.strip(), question.strip()
    return question if wording in ("", question) else f"{wording} {question}".strip()
