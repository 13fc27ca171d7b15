import os
import subprocess
import sys
from pathlib import Path

import pytest

BY_PLACE = """
import numpy as np
from qa_service.retrieval.arrays.jit import compiled

@compiled()
def places(values):
    return values.argsort()

print(places(np.array([40, 20, 30])).tolist())
"""
BY_VALUE = """
import numpy as np
from qa_service.retrieval.arrays.jit import compiled

@compiled()
def ascending(values):
    values.sort()
    return values

print(ascending(np.array([40, 20, 30])).tolist())
"""


def run(program: str, folder: Path) -> list[str]:
    command = [sys.executable, "-c", program]
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.slow
def test_functions_compiled_by_different_processes_serve_a_third(tmp_path: Path) -> None:
    (tmp_path / "by_place.py").write_text(BY_PLACE)
    (tmp_path / "by_value.py").write_text(BY_VALUE)
    places, ascending = "[1, 2, 0]", "[20, 30, 40]"
    assert run("import by_place", tmp_path) == [places]
    assert run("import by_value", tmp_path) == [ascending]
    assert run("import by_value, by_place", tmp_path) == [ascending, places]
    assert run("import by_place, by_value", tmp_path) == [places, ascending]
