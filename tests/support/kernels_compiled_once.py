"""Compiles the kernels once for all processes of a run, beside the tests that need none.

Compiling takes half a minute, and twice that while coverage is recorded. It happens only
where there is no compiled kernel yet; those of changed code each process compiles itself.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from fcntl import LOCK_EX, LOCK_SH, flock

import pytest
from compiled_kernels import CACHES, IS_NEW, OWN, WORKER, needs_kernels

FIRST = CACHES / "first"
LOCK = CACHES / "first.lock"
"""Held as long as ``FIRST`` is being filled."""

PROGRAM = """
from qa_service.services import open_retrieval, open_tokenizer
from qa_service.settings import Settings

settings = Settings(_env_file=None)
open_retrieval(settings, open_tokenizer(settings), None).warm_up()
"""

_compiler = pytest.StashKey[subprocess.Popen[bytes]]()
_waiting = [IS_NEW]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if WORKER or session.config.getoption("dist", "no") == "no" or FIRST.exists():
        return
    FIRST.mkdir(parents=True)
    with LOCK.open("w") as lock:
        flock(lock, LOCK_EX)
        session.config.stash[_compiler] = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=CACHES.parent,
            env=os.environ | {"NUMBA_CACHE_DIR": str(FIRST), "PYTHONPATH": str(CACHES.parent)},
            pass_fds=[lock.fileno()],  # the lock is held until the program ends
        )


# Around the whole test, so that no time limit counts the waiting.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if _waiting[0] and needs_kernels(item.nodeid):
        _waiting[0] = False
        _take_kernels()
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    compiler = session.config.stash.get(_compiler, None)
    if compiler is not None:
        compiler.kill()
        compiler.wait()


def _take_kernels() -> None:
    """Copy the compiled kernels into this process's folder, once they are complete."""
    if OWN is None or not LOCK.exists():
        return
    with LOCK.open() as lock:
        flock(lock, LOCK_SH)
        shutil.copytree(FIRST, OWN, dirs_exist_ok=True)
