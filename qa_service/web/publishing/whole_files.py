"""Writing of files that others may read at any moment: each appears whole."""

from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> Path:
    """Write beside the place of ``path`` and rename; return ``path``.

    ``mode`` are the file's permissions; without it they are those of the process. Raises
    OSError that names ``path``; what was written by then is deleted.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        error.filename = str(path)
        raise
    return path
