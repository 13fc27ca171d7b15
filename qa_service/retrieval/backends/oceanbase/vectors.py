"""Vectors as the engine reads and gives them."""

from collections.abc import Iterator, Sequence

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.oceanbase.connection import Connection

LINES_AT_ONCE = 2_000


def written_vector(vector: Vectors) -> str:
    """Return a vector as the engine reads it, exact to single precision."""
    return "[" + ",".join([f"{value:.9g}" for value in vector.tolist()]) + "]"


def read_vector(written: str | bytes) -> Vectors:
    """Return a vector as the engine gives it: written out, or its bytes."""
    if isinstance(written, bytes) and not written.startswith(b"["):
        return np.frombuffer(written, np.float32)
    text = written.decode() if isinstance(written, bytes) else written
    return np.array(text.strip("[]").split(","), np.float32)


def all_vectors(connection: Connection, name: str) -> Iterator[tuple[str, Vectors]]:
    """Yield every text of a collection with its vector."""
    pair_id, place = -1, -1
    while True:
        rows = connection.rows(
            f"SELECT pair_id, place, written, vector FROM {name}_text"  # noqa: S608
            " WHERE pair_id > %s OR (pair_id = %s AND place > %s)"
            f" ORDER BY pair_id, place LIMIT {LINES_AT_ONCE}",
            (pair_id, pair_id, place),
        )
        for _, _, text, vector in rows:
            yield str(text), read_vector(vector)
        if len(rows) < LINES_AT_ONCE:
            return
        pair_id, place = int(rows[-1][0]), int(rows[-1][1])


def vectors_of(connection: Connection, name: str, pair_ids: Sequence[int]) -> dict[str, Vectors]:
    """Return the vectors of the texts of some pairs, by text."""
    if not pair_ids:
        return {}
    listed = ", ".join(map(str, pair_ids))
    rows = connection.rows(
        f"SELECT written, vector FROM {name}_text WHERE pair_id IN ({listed})"  # noqa: S608
    )
    return {str(text): read_vector(vector) for text, vector in rows}
