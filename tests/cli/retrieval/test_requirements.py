"""What is at fault is told in Chinese before anything is asked, and nothing is written."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result

from qa_service.cli.console import report_errors
from qa_service.cli.retrieval.train import ADAPTER_FILE

Command = Callable[..., Result]

ASKED = [
    {"id": "a", "text": "低保怎么申请", "expected": [], "kind": "missing", "split": "train"},
    {"id": "b", "text": "护照怎么换", "expected": [], "kind": "missing", "split": "tune"},
]


@pytest.fixture
def questions(home: Path) -> Path:
    """Judged questions of train and tune split beside the bank."""
    return lay_questions(home / "corpus" / "questions", ASKED)


def lay_questions(folder: Path, asked: list[dict[str, object]]) -> Path:
    folder.mkdir()
    lines = [json.dumps(one, ensure_ascii=False) for one in asked]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def one_line(result: Result) -> str:
    """What was printed for people, without the frame around a fault of the options."""
    return "".join(result.stderr.translate(str.maketrans("", "", "│╭╮╰╯─ \n")).split())


def codes_in(result: Result) -> list[str]:
    """The codes of the errors that were told, in their order."""
    return re.findall(r"错误（(\w+)）", result.stderr)


class TestOptionsWithoutEffect:
    @pytest.mark.parametrize(
        ("call", "told"),
        [
            (("train-reranker", "--blend", "0.5"), "--blend不起作用：没有--start"),
            (("train-reranker", "--asked", "3"), "--asked不起作用：没有--groups"),
            (("train-reranker", "--steps", "2", "--until", "3"), "--until不能大于--steps"),
            (("calibrate", "--leave-one-out"), "--out不起作用：--leave-one-out只报告"),
            (("tune", "--no-reranker", "--steps", "2"), "--steps不起作用：--no-reranker"),
            (("tune", "--no-reranker", "--threads", "1"), "--threads不起作用"),
        ],
    )
    def test_are_refused_with_what_to_do(
        self, command: Command, home: Path, questions: Path, call: tuple[str, ...], told: str
    ) -> None:
        name, *options = call
        written = () if name == "tune" else ("--out", home / "out")
        result = command(name, questions, *options, *written)
        assert result.exit_code == 2
        assert told in one_line(result)
        assert not (home / "out").exists()

    def test_are_all_told_at_once(self, command: Command, home: Path, questions: Path) -> None:
        options = ("--blend", "0.5", "--asked", "3")
        told = one_line(command("train-reranker", questions, "--out", home / "out", *options))
        assert "--blend不起作用" in told
        assert "--asked不起作用" in told


class TestTraining:
    def test_without_an_encoder_is_refused(
        self, command: Command, home: Path, questions: Path
    ) -> None:
        result = command("train-reranker", questions, "--out", home / "out")
        assert result.exit_code == 1
        assert "encoder_unavailable" in result.stderr
        assert "QA_EMBEDDING_MODEL" in result.stderr
        assert not list((home / "out").iterdir())

    def test_never_writes_over_a_model(self, command: Command, home: Path, questions: Path) -> None:
        kept = home / "out" / ADAPTER_FILE
        kept.parent.mkdir()
        kept.write_bytes(b"an hour of work")
        result = command("train-reranker", questions, "--out", home / "out")
        assert result.exit_code == 1
        assert "已有重排模型" in result.stderr
        assert kept.read_bytes() == b"an hour of work"

    def test_needs_a_folder_that_can_be_written(
        self, command: Command, home: Path, questions: Path
    ) -> None:
        (home / "out").write_text("", encoding="utf-8")
        result = command("train-reranker", questions, "--out", home / "out")
        assert result.exit_code == 1
        assert "已是文件，不是文件夹" in result.stderr

    @pytest.mark.parametrize(
        ("option", "told"),
        [
            ("--start", "没有重排模型文件"),
            ("--groups", "没有问法分组"),
            ("--look-alikes", "没有相似而不同的问法"),
            ("--contrasts", "没有一字之差的问法"),
            ("--letters", "没有来信"),
        ],
    )
    def test_needs_what_an_option_names(
        self, command: Command, home: Path, questions: Path, option: str, told: str
    ) -> None:
        result = command("train-reranker", questions, "--out", home / "out", option, home / "gone")
        assert result.exit_code == 1
        assert told in result.stderr
        assert not (home / "out").exists()

    def test_needs_questions_of_both_splits(self, command: Command, home: Path) -> None:
        asked = lay_questions(home / "corpus" / "questions", ASKED[:1])
        result = command("train-reranker", asked, "--out", home / "out")
        assert result.exit_code == 1
        assert "没有划分为校准（tune）的问题" in result.stderr
        assert not (home / "out").exists()

    def test_is_told_every_fault_of_what_it_was_given(self, command: Command, home: Path) -> None:
        (home / "out").write_text("", encoding="utf-8")
        options = ("--groups", home / "no-groups", "--start", home / "no-start")
        result = command("train-reranker", home / "no-set", "--out", home / "out", *options)
        assert result.exit_code == 1
        assert codes_in(result) == [
            "unusable_evaluation_set",
            "unusable_wording_groups",
            "adapter_unusable",
            "file_unusable",
        ]


class TestCalibration:
    def test_is_told_every_fault_of_what_it_was_given(self, command: Command, home: Path) -> None:
        (home / "file").write_text("", encoding="utf-8")
        sets = [home / "one", home / "two", home / "two"]
        options = ("--groups", home / "gone", "--scratch", home / "file" / "below")
        result = command("calibrate", *sets, "--out", home / "file" / "x.json", *options)
        assert result.exit_code == 1
        assert f"{home}/one 中没有" in result.stderr
        assert f"{home}/two 中没有" in result.stderr
        assert "不能同名" in result.stderr
        assert codes_in(result)[3:] == ["unusable_wording_groups", "file_unusable", "file_unusable"]

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--part", "1"), "已注明划分"),
            (("--groups", "gone"), "没有问法分组"),
            ((), "QA_EMBEDDING_MODEL"),
        ],
    )
    def test_is_refused_where_it_could_not_hold(
        self, command: Command, home: Path, questions: Path, options: tuple[str, ...], told: str
    ) -> None:
        target = home / "new" / "calibration.json"
        result = command("calibrate", questions, "--out", target, *options)
        assert result.exit_code == 1
        assert told in result.stderr
        assert not target.exists()

    def test_leaves_none_out_of_one_set_and_takes_none_twice(
        self, command: Command, questions: Path
    ) -> None:
        alone = command("calibrate", questions, "--leave-one-out")
        assert "至少要给出两个评测集" in alone.stderr
        twice = command("calibrate", questions, questions)
        assert "不能同名" in twice.stderr
        assert (alone.exit_code, twice.exit_code) == (1, 1)


@pytest.mark.parametrize(
    ("name", "sets"), [("evaluate", ("no-set",)), ("tune", ("no-set", "nor-this"))]
)
def test_every_faulty_folder_is_named_and_none_is_made(
    command: Command, home: Path, name: str, sets: tuple[str, ...]
) -> None:
    (home / "file").write_text("", encoding="utf-8")
    result = command(name, *sets, "--scratch", home / "file")
    assert result.exit_code == 1
    assert codes_in(result) == ["unusable_evaluation_set"] * len(sets) + ["file_unusable"]
    assert all(one in result.stderr for one in sets)
    assert f"{home}/file 已是文件" in result.stderr


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), report_errors(), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")
    assert "磁盘已满，请清理出空间后重试" in capsys.readouterr().err
