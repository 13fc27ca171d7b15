"""Cache of vectors computed during an index build, so that a killed build can resume.

Fixed-size records: the SHA-256 of a text, then its vector in fp32. An incomplete last
record, left by a crash, is ignored.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from qa_service.observability.events import EmbeddingsNotCached, log_event
from qa_service.retrieval.arrays.ragged import Vectors

DIGEST_BYTES = 32
FOLDER, SUFFIX = "unfinished", ".vectors"


class VectorLog:
    """Vectors of one encoder below ``root``, by text.

    Two processes may append concurrently, because a record is written in one call.
    """

    def __init__(self, root: Path, encoder: str, dimension: int) -> None:
        """Read the vectors that an earlier build of the same encoder left."""
        name = hashlib.sha256(encoder.encode()).hexdigest()[:16]
        self._path = root / FOLDER / f"{name}-{dimension}{SUFFIX}"
        self._record = np.dtype([("digest", f"V{DIGEST_BYTES}"), ("vector", "<f4", (dimension,))])
        self._known = self._read()

    def get(self, text: str) -> Vectors | None:
        """Return the vector made before for ``text``, shape (dimension,), or None."""
        return self._known.get(_digest(text))

    def append(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Store the vector of each text; disk errors are logged, because the cache is optional."""
        records = np.empty(len(texts), self._record)
        records["digest"] = np.array([_digest(text) for text in texts], f"V{DIGEST_BYTES}")
        records["vector"] = vectors
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab", buffering=0) as file:
                # An incomplete record, left by a crash or a full disk, is overwritten.
                file.truncate(file.tell() // self._record.itemsize * self._record.itemsize)
                file.write(records.tobytes())
        except OSError as error:
            log_event(EmbeddingsNotCached(error.errno))

    def clear(self) -> None:
        """Delete all vectors, once the index is built."""
        self._known = {}
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[bytes, Vectors]:
        """Return the complete records of the file by digest."""
        if not self._path.exists():
            return {}
        record_count = self._path.stat().st_size // self._record.itemsize
        records = np.fromfile(self._path, self._record, count=record_count)
        return {record["digest"].tobytes(): record["vector"] for record in records}


def _digest(text: str) -> bytes:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
