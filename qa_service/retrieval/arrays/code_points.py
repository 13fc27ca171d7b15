"""Unicode code points as arrays see them."""

from functools import lru_cache

import numpy as np

from qa_service.retrieval.arrays.ragged import Array

PLANE = 1 << 16


@lru_cache(maxsize=1)
def word_characters() -> Array:
    """Whether a code point of the basic plane is a letter, a digit or Chinese, shape (65536,)."""
    return np.array([chr(code).isalnum() for code in range(PLANE)])
