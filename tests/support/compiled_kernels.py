"""Keeps the compiled kernels of each test process apart; imported before what has kernels.

Two processes that compile a function at once for different arrays mix up its cache.
"""

import os
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
CACHES = Path(__file__).parents[2] / ".numba_cache"
OWN = CACHES / WORKER if WORKER else None
IS_NEW = OWN is not None and not OWN.exists()
"""Whether this process has no kernels yet; asked before numba makes its folder."""

if OWN:
    os.environ["NUMBA_CACHE_DIR"] = str(OWN)


def needs_kernels(nodeid: str) -> bool:
    """Whether the test may run compiled code; those of the storage do not."""
    return not nodeid.startswith("tests/storage/")
