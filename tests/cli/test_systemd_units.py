"""The units of ``deploy/``: systemd reads them, and what they start is a call the command takes."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import Result
from scratch_service import REPOSITORY

ANALYZE = shutil.which("systemd-analyze") or ""
UNITS = sorted((REPOSITORY / "deploy").glob("qa-service*.[st]*"))
INSTALLED = "/opt/qa-service/.venv/bin/qa-service"


def call_of(unit: str) -> list[str]:
    """The arguments by which a unit starts ``qa-service``."""
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(REPOSITORY / "deploy" / unit, encoding="utf-8")
    program, *arguments = shlex.split(read["Service"]["ExecStart"])
    assert program == INSTALLED
    return arguments


@pytest.mark.skipif(not ANALYZE, reason="systemd is not installed")
def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("qa-service"))
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(INSTALLED, program)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    laid = [str(tmp_path / path.name) for path in UNITS]
    assert len(laid) == 3
    found = subprocess.run([ANALYZE, "verify", *laid], capture_output=True, text=True, check=False)
    own = [line for line in found.stderr.splitlines() if "qa-service" in line]
    assert (found.returncode, own) == (0, [])


@pytest.mark.skipif(not ANALYZE, reason="systemd is not installed")
def test_the_timer_elapses_every_night() -> None:
    timer = (REPOSITORY / "deploy" / "qa-service-tune.timer").read_text(encoding="utf-8")
    times = next(line for line in timer.splitlines() if line.startswith("OnCalendar="))
    asked = [ANALYZE, "calendar", "--iterations=2", times.removeprefix("OnCalendar=")]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told.count("02:15:00") >= 3


def test_what_the_timer_starts_does_nothing_until_enough_is_new(
    command: Callable[..., Result], home: Path
) -> None:
    result = command(*call_of("qa-service-tune.service"))
    assert result.exit_code == 0
    assert "至少要有 60 条" in result.stderr
    assert not (home / "data" / "calibration.json").exists()
