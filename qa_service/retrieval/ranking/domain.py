"""Whether a question is about public policy and services (政务) or about anything else.

A bank of policy answers and general talk differ in what a high score means: general questions
sound alike far more often without asking the same. So more is required of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

ABOUT_POLICY = 1.0
"""Log-odds from which a question counts as one about policy."""


@dataclass(frozen=True, slots=True)
class DomainModel:
    """A logistic model over the vector of a question, ``weights`` of shape (dimension,).

    It is of the encoder that its calibration is for.
    """

    weights: Matrix
    bias: float

    def is_policy(self, vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """Return whether each row of ``vectors``, (rows, dimension), asks about policy."""
        found: npt.NDArray[np.bool_] = vectors @ self.weights + self.bias >= ABOUT_POLICY
        return found
