"""Keeps the scratch files of a run in memory, where the machine has room for them.

Most tests lay down a service of their own. On a disk its forty small files cost the processor
more than many a test does, and each process waits for what the others write.
"""

import os
import re
import shutil
from pathlib import Path

IN_MEMORY, ON_DISK = Path("/dev/shm"), Path("/tmp")  # noqa: S108
ROOM = 3 * 2**30
"""Bytes that must be free: a run takes less than one third, most of it the models."""


def _has_room() -> bool:
    """Whether memory has room, as files and by itself."""
    if not os.access(IN_MEMORY, os.W_OK) or shutil.disk_usage(IN_MEMORY).free < ROOM:
        return False
    told = Path("/proc/meminfo").read_text(encoding="ascii")
    free = re.search(r"^MemAvailable: *(\d+) kB$", told, re.MULTILINE)
    return free is not None and int(free[1]) * 1024 >= ROOM


SCRATCH = IN_MEMORY if _has_room() else ON_DISK
"""Where scratch folders are made; every user of the machine may enter it."""

if SCRATCH is IN_MEMORY:
    # Where pytest makes its own; whoever sets it is obeyed.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(SCRATCH))
