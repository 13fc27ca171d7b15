"""Fits the model that tells questions about policy from others."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.text.normalise import normalise

AT_ONCE = 64
"""Texts encoded at once, so that other work gets its turn."""

REGULARISATION = 30.0
"""Inverse strength of the penalty: vectors of unit length vary little in each dimension."""


def fit_domain(encoder: Encoder, policy: Sequence[str], general: Sequence[str]) -> DomainModel:
    """Return the model fitted on questions about policy and on others; both weigh the same.

    Raises EncoderFailedError.
    """
    texts = [normalise(text) for text in (*policy, *general)]
    vectors = np.concatenate(
        [
            encoder.encode_queries(texts[start : start + AT_ONCE])
            for start in range(0, len(texts), AT_ONCE)
        ]
    )
    labels = [1] * len(policy) + [0] * len(general)
    model = LogisticRegression(C=REGULARISATION, max_iter=3000, class_weight="balanced")
    model.fit(vectors, labels)
    return DomainModel(model.coef_[0].astype(np.float64), float(model.intercept_[0]))
