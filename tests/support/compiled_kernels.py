"""Keeps the compiled kernels of each test process apart; imported before what has kernels.

Two processes that compile a function at once for different arrays mix up its cache.
"""

import os
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER")

if WORKER:
    os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parents[2] / ".numba_cache" / WORKER)
