"""Identity of a model folder: its name and a hash of its content."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path


def folder_identity(folder: Path, cache: Path) -> str:
    """Return the folder's name and a hash of its content, hashed again only after a change."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    states = [(path.relative_to(folder), path.stat()) for path in files]
    seen = digest([f"{name} {state.st_size} {state.st_mtime_ns}" for name, state in states])
    known = cache / "fingerprints" / seen
    if not known.is_file():
        known.parent.mkdir(parents=True, exist_ok=True)
        draft = known.with_name(f"{seen}.{os.getpid()}.tmp")
        draft.write_text(_content(folder, files), encoding="ascii")
        draft.replace(known)
    return f"{folder.name} {known.read_text(encoding='ascii')}"


def stated_dimension(folder: Path) -> int | None:
    """Return the dimension that a sentence-transformers folder states for its vectors.

    None where it states none, or where more than pooling and scaling follows the model.
    """
    try:
        steps = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = {str(step["type"]).rpartition(".")[2]: step["path"] for step in steps}
        if not kinds.keys() <= {"Transformer", "Pooling", "Normalize"}:
            return None
        pooling = json.loads((folder / kinds["Pooling"] / "config.json").read_text("utf-8"))
        return int(pooling["word_embedding_dimension"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _content(folder: Path, files: Sequence[Path]) -> str:
    """Return a hash over names and contents of the files."""
    return digest([f"{path.relative_to(folder)} {file_digest(path)}" for path in files])


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(lines: Sequence[str]) -> str:
    """Return the SHA-256 of lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
