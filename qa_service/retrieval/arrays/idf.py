"""Inverse document frequency, shared by BM25 and the overlap features."""

from math import log

from qa_service.retrieval.arrays.jit import compiled


@compiled()
def idf(document_frequency: int, texts: int) -> float:
    """Return ln(1 + (N - n + 0.5) / (n + 0.5)): Lucene's IDF, never negative.

    ``document_frequency`` of ``texts`` contain the term; the value is greatest for 0.
    """
    return log(1 + (texts - document_frequency + 0.5) / (document_frequency + 0.5))
