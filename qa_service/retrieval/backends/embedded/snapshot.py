"""Snapshots of the index on disk: immutable generations, verified by checksums.

``<root>/generations/<id>/`` holds the files of ``snapshot_files``; ``<root>/CURRENT``
names the one in use with its manifest's checksum and is renamed into place, so a killed
writer leaves the former generation in use.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import IndexUnusableError, Recipe, Stamp
from qa_service.retrieval.backends.embedded.index import IndexArrays
from qa_service.retrieval.backends.embedded.snapshot_files import (
    ArraysManifest,
    file_checksum,
    read_arrays,
    texts_with_vectors,
    write_arrays,
)

KEPT_GENERATIONS = 2

ABANDONED_AFTER = 3600
"""Seconds by which a draft must be older than a finished generation to count as abandoned."""

MANIFEST, CURRENT = "manifest.json", "CURRENT"
GENERATIONS, DRAFT = "generations", ".tmp"


class Manifest(ArraysManifest):
    """The manifest of a generation; ``recipe`` and ``stamp`` are the fields of those types."""

    recipe: Mapping[str, Any]
    stamp: Mapping[str, Any]


def save_snapshot(arrays: IndexArrays, root: Path, recipe: Recipe, stamp: Stamp) -> Path:
    """Write a generation, make it the current one and return its folder."""
    generation = root / GENERATIONS / f"{stamp.revision:012d}-{uuid4().hex[:8]}"
    draft = generation.with_suffix(DRAFT)
    draft.mkdir(parents=True)
    try:
        _write_generation(arrays, draft, recipe, stamp)
    except BaseException:
        # An incomplete generation must not occupy a full disk.
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(generation)
    pointer = root / f"{CURRENT}.{uuid4().hex[:8]}{DRAFT}"
    _write_durably(pointer, f"{generation.name} {file_checksum(generation / MANIFEST)}".encode())
    pointer.replace(root / CURRENT)
    _drop_old(root, generation)
    _drop_abandoned(root, generation)
    return generation


def load_snapshot(root: Path, recipe: Recipe) -> tuple[IndexArrays, Stamp]:
    """Return the current generation, mapped into memory, and its stamp.

    Raises IndexUnusableError when there is none, when it was made by another
    recipe, or when any file differs from its checksum.
    """
    folder, manifest, stamp = _usable(root, recipe)
    try:
        return read_arrays(folder, manifest), stamp
    # FAISS raises RuntimeError for a graph it cannot read.
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise IndexUnusableError("索引快照内容无法读取") from error


def load_vectors(root: Path, recipe: Recipe) -> dict[str, Vectors]:
    """Return the vectors by text of the newest sound generation of the same encoder.

    Empty when there is none, because the vectors can be recomputed.
    """
    for folder in reversed(_generations(root)):
        try:
            manifest = _read_manifest(folder)
            made_by = manifest["recipe"]
            if (made_by["encoder"], made_by["dimension"]) != (recipe.encoder, recipe.dimension):
                continue
            _verify(folder, manifest)
            return dict(texts_with_vectors(folder))
        except (IndexUnusableError, OSError, ValueError, KeyError, TypeError):
            continue
    return {}


def verify_snapshot(root: Path, recipe: Recipe) -> Stamp:
    """Check the current generation and return its stamp; raises IndexUnusableError."""
    return _usable(root, recipe)[2]


def _write_generation(arrays: IndexArrays, folder: Path, recipe: Recipe, stamp: Stamp) -> None:
    """Write the files of a generation and its manifest."""
    written = write_arrays(arrays, folder)
    manifest: Manifest = {"recipe": asdict(recipe), "stamp": asdict(stamp), **written}
    _write_durably(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def _usable(root: Path, recipe: Recipe) -> tuple[Path, Manifest, Stamp]:
    """Return folder, manifest and stamp of the current generation after checking them."""
    folder, manifest = _current(root)
    if manifest.get("recipe") != asdict(recipe):
        raise IndexUnusableError("索引快照的模型、词典或格式与现在不同")
    _verify(folder, manifest)
    try:
        return folder, manifest, Stamp(**manifest["stamp"])
    except (KeyError, TypeError) as error:
        raise IndexUnusableError("索引快照清单已损坏") from error


def _current(root: Path) -> tuple[Path, Manifest]:
    """Return folder and manifest of the generation that ``CURRENT`` names."""
    try:
        name, checksum = (root / CURRENT).read_text(encoding="ascii").split()
        folder = root / GENERATIONS / Path(name).name
        good = file_checksum(folder / MANIFEST) == checksum
    except (OSError, ValueError) as error:
        raise IndexUnusableError("还没有可用的索引快照") from error
    if not good:
        raise IndexUnusableError("索引快照清单已损坏")
    return folder, _read_manifest(folder)


def _read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a generation; raises IndexUnusableError."""
    try:
        manifest: Manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexUnusableError("索引快照清单无法读取") from error
    if not isinstance(manifest, dict):
        raise IndexUnusableError("索引快照清单已损坏")
    return manifest


def _generations(root: Path) -> list[Path]:
    """Return the finished generations, oldest first."""
    ages = {path: _written_at(path) for path in (root / GENERATIONS).glob("*")}
    return sorted((path for path in ages if path.suffix != DRAFT), key=lambda path: ages[path])


def _written_at(path: Path) -> float:
    """Return when a file was last written; 0 if it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process deleted it in the meantime
        return 0.0


def _verify(folder: Path, manifest: Manifest) -> None:
    """Raise IndexUnusableError unless every file has its checksum."""
    try:
        checksums = dict(manifest["checksums"])
        good = all(file_checksum(folder / name) == held for name, held in checksums.items())
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise IndexUnusableError("索引快照不完整") from error
    if not good:
        raise IndexUnusableError("索引快照与校验和不符")


def _write_durably(path: Path, content: bytes) -> None:
    """Write a file and flush it to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _drop_old(root: Path, kept: Path) -> None:
    """Delete generations beyond those kept."""
    others = [path for path in _generations(root) if path != kept]
    for path in others[: max(0, len(others) - KEPT_GENERATIONS + 1)]:
        shutil.rmtree(path, ignore_errors=True)


def _drop_abandoned(root: Path, finished: Path) -> None:
    """Delete drafts whose writer has ended."""
    oldest = _written_at(finished) - ABANDONED_AFTER
    for path in (root / GENERATIONS).glob(f"*{DRAFT}"):
        if _written_at(path) < oldest:
            shutil.rmtree(path, ignore_errors=True)
