"""Help and faults of a call are told in Chinese, every fault of a call at once."""

import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from qa_service.cli import app

ENGLISH = re.compile(
    r"[A-Za-z]+ [a-z]+ [a-z]+|Usage|Error|Options?\b|Arguments?\b|Missing|default|required|Aborted"
)
"""What typer's own sentences and titles are known by."""

NAMES = re.compile(r"qa-service( [a-z-]+)*|\[OPTIONS\]|COMMAND|\[ARGS\]|<[a-z ]+>")

FAULTY = (
    ("ask", ["缺少参数 question"]),
    ("train-reranker", ["缺少参数 folder", "缺少选项 --out"]),
    ("train-reranker x --passes a --rate b --steps 0", [
        "缺少选项 --out",
        "--passes 的值无效：“a”不是整数",
        "--rate 的值无效：“b”不是数字",
        "--steps 的值无效：“0”太小，最小为 1",
    ]),
    ("evaluate --part 5 --split all x y z", [
        "--part 的值无效：“5”太大，最大为 1",
        "--split 的值无效：“all”不在可选之列：train、tune、test",
        "多余的参数：y z",
    ]),
    ("evaluate x --part", ["选项 --part 后须写明值"]),
    ("evaluate x --json=3", ["选项 --json 不带值"]),
    ("evaluate x --prat 1", ["没有选项 --prat，是否要用 --part、--scratch、--split"]),
    ("evaluate x --p\x1b[2J", [r"没有选项 --p\x1b[2J"]),
    ("evalute", ["没有命令“evalute”，是否要用 evaluate"]),
    ("user nobody", ["没有命令“nobody”"]),
    ("workdays due soon", ["received 的值无效：“soon”不是日期，请写成 2026-03-01 的样式"]),
)  # fmt: skip


def names_of_commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """Every command and group below ``group``, as it is typed."""
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from names_of_commands(command, *above, name)
        else:
            yield (*above, name)


def every_command() -> list[tuple[str, ...]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return list(names_of_commands(root))


def english_in(printed: str) -> list[str]:
    return ENGLISH.findall(NAMES.sub("", printed))


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal on which no sentence is broken."""
    monkeypatch.setenv("COLUMNS", "250")
    return CliRunner()


def test_the_help_of_every_command_is_chinese(wide: CliRunner) -> None:
    for names in every_command():
        shown = wide.invoke(app, [*names, "--help"])
        assert shown.exit_code == 0
        assert "用法：" in shown.stdout
        assert "显示本说明后退出" in shown.stdout
        assert not english_in(shown.stdout), names


@pytest.mark.parametrize(("call", "told"), FAULTY)
def test_every_fault_of_a_call_is_told_at_once(wide: CliRunner, call: str, told: list[str]) -> None:
    result = wide.invoke(app, call.split(" "))
    assert result.exit_code == 2
    assert not english_in(result.stderr)
    lines = [line.strip("│ ") for line in result.stderr.splitlines() if line.startswith("│")]
    assert sorted(lines) == sorted(told)


def test_a_group_without_a_command_shows_its_help(wide: CliRunner) -> None:
    result = wide.invoke(app, ["user"])
    assert result.exit_code == 2
    assert "重置密码" in result.output
    assert not english_in(result.output)


def test_a_command_that_is_broken_off_says_so(
    wide: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.cli.main.os.umask", break_off)
    result = wide.invoke(app, ["ask", "低保怎么申请"])
    assert (result.exit_code, result.stderr.strip()) == (1, "已中止。")


def break_off(_mask: int) -> int:
    raise typer.Abort
