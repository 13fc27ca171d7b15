"""Unicode code points as arrays."""

from functools import lru_cache

import numpy as np

from qa_service.retrieval.arrays.ragged import Array

PLANE = 1 << 16
"""Number of code points in the basic multilingual plane."""


@lru_cache(maxsize=1)
def word_characters() -> Array:
    """Return whether each code point of the basic plane is alphanumeric, shape (65536,)."""
    return np.array([chr(code).isalnum() for code in range(PLANE)])


def code_points(text: str) -> Array:
    """Return the code points of ``text``, shape (len(text),), int32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)


def text_of(codes: Array) -> str:
    """Return the text with the code points ``codes``; the inverse of ``code_points``."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
