"""Files of one generation: arrays as plain .npy, vocabulary as text, no pickle."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import numpy as np

from qa_service.retrieval.arrays.ragged import Array, Rows, Vectors, frozen
from qa_service.retrieval.backends.embedded.hnsw import load_approximate, save_approximate
from qa_service.retrieval.backends.embedded.index import IndexArrays
from qa_service.retrieval.backends.embedded.postings import LexicalArrays
from qa_service.retrieval.backends.embedded.texts import TextArrays
from qa_service.retrieval.backends.embedded.vectors import DenseArrays

VOCABULARY, VECTORS, APPROXIMATE = "vocabulary.txt", "vectors.npy", "approximate.faiss"


class ArraysManifest(TypedDict):
    """Entries of the manifest about the arrays; without a graph its two values are None.

    ``names`` are those that attributes number, ``ef_search`` and ``quantization_scale`` the
    graph's search width and scale, ``checksums`` the SHA-256 of each file by its name.
    """

    names: list[str]
    ef_search: int | None
    quantization_scale: float | None
    pairs: int
    texts: int
    checksums: dict[str, str]


def write_arrays(arrays: IndexArrays, folder: Path) -> ArraysManifest:
    """Write every file durably and return what the manifest says of them."""
    for name, values in _columns(arrays).items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)
    words = "".join(f"{word}\n" for word in arrays.lexical.vocabulary)
    (folder / VOCABULARY).write_text(words, encoding="utf-8")
    approximate = arrays.dense.approximate if arrays.dense else None
    if approximate:
        save_approximate(approximate, folder / APPROXIMATE)
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        _sync(folder / name)
    return {
        "names": list(arrays.texts.names),
        "ef_search": approximate.ef_search if approximate else None,
        "quantization_scale": approximate.quantization_scale if approximate else None,
        "pairs": len(arrays.texts.pair_ids),
        "texts": len(arrays.texts.kinds),
        "checksums": {name: file_checksum(folder / name) for name in names},
    }


def read_arrays(folder: Path, manifest: ArraysManifest) -> IndexArrays:
    """Return the arrays, mapped from their files; raises OSError, ValueError or KeyError."""
    texts = TextArrays(
        pair_ids=_mapped(folder, "pair_ids"),
        pair_starts=_mapped(folder, "pair_starts"),
        pair_attributes=_mapped(folder, "pair_attributes"),
        names=tuple(manifest["names"]),
        kinds=_mapped(folder, "text_kinds"),
        written=_rows(folder, "written"),
        codes=_rows(folder, "codes"),
    )
    words = (folder / VOCABULARY).read_text(encoding="utf-8").split("\n")[:-1]
    lexical = LexicalArrays(
        vocabulary=tuple(words),
        terms=_rows(folder, "terms"),
        frequencies=_mapped(folder, "frequencies"),
        posting_starts=_mapped(folder, "posting_starts"),
        posting_slots=_mapped(folder, "posting_slots"),
        posting_frequencies=_mapped(folder, "posting_frequencies"),
    )
    return IndexArrays(texts, lexical, _read_dense(folder, manifest))


def texts_with_vectors(folder: Path) -> Iterator[tuple[str, Vectors]]:
    """Yield every text of a generation with its vector; none if made without an encoder."""
    if (folder / VECTORS).exists():
        written, vectors = _rows(folder, "written"), _mapped(folder, "vectors")
        for number, vector in enumerate(vectors):
            yield written.row(number).tobytes().decode(), vector


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _columns(arrays: IndexArrays) -> dict[str, Array]:
    """Return the arrays to be stored, by file name."""
    texts, lexical = arrays.texts, arrays.lexical
    found = {
        "pair_ids": texts.pair_ids,
        "pair_starts": texts.pair_starts,
        "pair_attributes": texts.pair_attributes,
        "text_kinds": texts.kinds,
        "frequencies": lexical.frequencies,
        "posting_starts": lexical.posting_starts,
        "posting_slots": lexical.posting_slots,
        "posting_frequencies": lexical.posting_frequencies,
    }
    for name, rows in (
        ("written", texts.written),
        ("codes", texts.codes),
        ("terms", lexical.terms),
    ):
        found[f"{name}_starts"], found[name] = rows.starts, rows.values
    if arrays.dense is not None:
        found["vectors"] = arrays.dense.vectors
    return found


def _read_dense(folder: Path, manifest: ArraysManifest) -> DenseArrays | None:
    """Return the vectors and their graph, if the generation has any."""
    if not (folder / VECTORS).exists():
        return None
    vectors = _mapped(folder, "vectors")
    ef_search, scale = manifest["ef_search"], manifest["quantization_scale"]
    if not ef_search or not scale:
        return DenseArrays(vectors, None)
    return DenseArrays(vectors, load_approximate(folder / APPROXIMATE, ef_search, scale))


def _rows(folder: Path, name: str) -> Rows:
    """Return the ragged rows of two files."""
    return Rows(_mapped(folder, f"{name}_starts"), _mapped(folder, name))


def _mapped(folder: Path, name: str) -> Array:
    """Return the array of a file, mapped into memory."""
    # A plain array over the mapping: the memmap class slows every slice of it.
    return frozen(np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)))


def _sync(path: Path) -> None:
    """Flush a written file to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
