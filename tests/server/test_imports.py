"""Serving loads no library that only fitting, checking or other models need."""

import os
import subprocess
import sys

from scratch_service import REPOSITORY

PROGRAM = """
import sys
import qa_service.cli.serving.worker
import qa_service.jobs
import qa_service.server.app
import qa_service.services
# numba imports the bare scipy package to look at its version; nothing of it is loaded.
heavy = {"sklearn", "scipy.linalg", "scipy.optimize", "scipy.sparse", "torch", "transformers"}
heavy |= {"sentence_transformers", "rank_bm25", "onnx"}
print(sorted(heavy & set(sys.modules)))
"""


def test_serving_modules_load_nothing_of_training() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
