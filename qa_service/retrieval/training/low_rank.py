"""Changes of low rank: the product of two narrow matrices, a few MB for all linears."""

import numpy as np

from qa_service.retrieval.encoders.e5.weights import Tensor


def nearest_of_rank(up: Tensor, down: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Return the factors of the nearest matrix to ``up @ down`` of at most this rank.

    It keeps the greatest singular values (Eckart and Young, 1936), whose roots both factors share.
    They are found by the small core between both; a decomposition of the whole product takes a
    second a linear.
    """
    tall, upper = np.linalg.qr(up)
    wide, lower = np.linalg.qr(down.T)
    left, strengths, right = np.linalg.svd(upper @ lower.T)
    roots = np.sqrt(strengths[:rank])
    return (tall @ left)[:, :rank] * roots, roots[:, None] * (right @ wide.T)[:rank]
