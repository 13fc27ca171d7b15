"""``qa-service report``: figures, packages written into a folder, definitions."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from scratch_service import REPOSITORY

from qa_service.reporting.figures.table import FIGURES

Command = Callable[..., Result]
ASKED = ("ask", "火星移民怎么报名？", "--json")


def test_figures_are_listed_and_written(command: Command, tmp_path: Path) -> None:
    command(*ASKED)
    out = tmp_path / "figures.xlsx"
    found = json.loads(command("report", "figures", "--json", "--out", str(out)).stdout)
    assert [one["name"] for one in found["items"]] == [one.name for one in FIGURES]
    assert out.read_bytes().startswith(b"PK")
    text = command("report", "figures").stdout
    assert "登记量  1" in text
    assert "无数据" in text


def test_a_package_is_issued_and_written_without_chromium_the_way_is_told(
    command: Command, tmp_path: Path, monkeypatch: object
) -> None:
    command(*ASKED)
    found = command(
        "report", "inspection", "--until", "2026-12-31", "--folder", str(tmp_path / "out")
    )
    assert found.exit_code == 0, found.output
    written = {Path(line).suffix for line in found.stdout.splitlines()}
    assert {".xlsx", ".html"} <= written
    assert (".pdf" in written) is bool(shutil.which("chromium"))


def test_a_preview_keeps_nothing(command: Command, tmp_path: Path) -> None:
    command(*ASKED)
    shown = json.loads(command("report", "inspection", "--until", "2026-12-31", "--preview").stdout)
    assert shown["figures"]
    again = command(
        "report", "inspection", "--until", "2026-12-31", "--folder", str(tmp_path), "--no-pdf"
    )
    assert "第 1 号" in again.stderr


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(
    command: Command, tmp_path: Path
) -> None:
    refused = command("report", "figures", "--out", str(tmp_path / "missing" / "figures.xlsx"))
    assert refused.exit_code == 1
    assert "所在文件夹不存在" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_bad_dates_are_refused_in_chinese(command: Command) -> None:
    refused = command("report", "figures", "--since", "2026-12-01", "--until", "2026-01-01")
    assert refused.exit_code == 1
    assert "invalid_period" in refused.stderr
    assert command("report", "inspection", "--until", "明天").exit_code == 1


def test_definitions_are_the_document(command: Command) -> None:
    document = (REPOSITORY / "docs/figures.md").read_text(encoding="utf-8")
    assert command("report", "definitions").stdout == document
