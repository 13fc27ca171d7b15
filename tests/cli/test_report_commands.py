"""``qa-service report``: figures, packages written into a folder, definitions."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from scratch_service import REPOSITORY

from qa_service.reporting.figures.table import FIGURES

pytestmark = pytest.mark.usefixtures("started")

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


REFUSED = (
    ("“2026-02-30”不是日期", "--until", "2026-02-30"),
    ("“去年”不是日期", "--since", "去年", "--until", "2026-09-30"),
    ("截止日期早于起始日期", "--since", "2026-12-01", "--until", "2026-01-01"),
    ("最多统计", "--since", "2020-01-01", "--until", "2026-09-30"),
    ("没有记录", "--since", "2020-01-01", "--until", "2020-03-31"),
    ("没有记录", "--since", "2099-10-01", "--until", "2099-12-31"),
    ("nobody", "--until", "2026-12-31", "--by", "nobody"),
    ("已是文件，不是文件夹", "--until", "2026-12-31", "--folder", "taken"),
    ("的上级不是文件夹", "--until", "2026-12-31", "--folder", "taken/below"),
)


def test_a_package_that_cannot_be_issued_leaves_nothing_behind(
    command: Command, home: Path
) -> None:
    command(*ASKED)
    (home / "taken").write_text("")
    before = sorted(home.rglob("*.*ml")) + sorted(home.rglob("*.xlsx"))
    for said, *arguments in REFUSED:
        refused = command("report", "inspection", "--no-pdf", *arguments)
        assert (refused.exit_code, said in refused.stderr) == (1, True), refused.output
        assert "Traceback" not in refused.output
    assert sorted(home.rglob("*.*ml")) + sorted(home.rglob("*.xlsx")) == before
    after = command("report", "inspection", "--until", "2026-12-31", "--no-pdf")
    assert "第 1 号" in after.stderr


def test_what_has_no_value_is_said_and_is_no_zero(command: Command) -> None:
    command(*ASKED)
    idle = command("report", "figures", "--unit", "education", "--json")
    values = {one["name"]: one for one in json.loads(idle.stdout)["items"]}
    assert idle.exit_code == 0
    assert (values["on_time_rate"]["value"], values["on_time_rate"]["denominator"]) == (None, 0)
    early = command("report", "figures", "--since", "2020-01-01", "--until", "2020-03-31")
    assert (early.exit_code, "2020年第一季度没有记录" in early.stderr) == (0, True)
    assert {line.split("  ")[1] for line in early.stdout.splitlines()} == {"无数据"}
    assert "没有承办单位“nowhere”" in command("report", "figures", "--unit", "nowhere").stderr


def test_definitions_are_the_document(command: Command) -> None:
    document = (REPOSITORY / "docs/figures.md").read_text(encoding="utf-8")
    assert command("report", "definitions").stdout == document
