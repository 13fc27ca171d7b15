import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from qa_service.cli.retrieval.train import ADAPTER_FILE, CURVE_FILE
from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
from qa_service.retrieval.reranking.adapter import load_adapter
from qa_service.retrieval.reranking.reranker import ADAPTER_FILE as SHIPPED

pytestmark = pytest.mark.slow

GROUPS = (
    "补办身份证 身份证丢了补一张 身份证遗失补领",
    "换领护照 护照到期换新的 护照过期",
    "食堂几点开门 食堂开饭时间 几点开饭",
)


@pytest.fixture
def questions(home: Path) -> Path:
    """A few judged questions of train and tune split about the pairs of the test bank."""
    rows = (home / "corpus" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [
        {
            "id": str(number),
            "text": f"请问{pair['question']}",
            "expected": [pair["key"]],
            "kind": "wording",
            "split": ("train", "tune")[number % 2],
        }
        for number, pair in enumerate(map(json.loads, rows[:6]))
    ]
    folder = home / "corpus" / "questions"
    folder.mkdir()
    lines = [json.dumps(one, ensure_ascii=False) for one in asked]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def groups(home: Path) -> Path:
    """A few groups of wordings."""
    folder = home / "wordings"
    folder.mkdir()
    row = {"id": "x", "groups": [line.split() for line in GROUPS]}
    (folder / "civic.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
def look_alikes(home: Path) -> Path:
    """A look-alike of a pair of the test bank."""
    first = (home / "corpus" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines()[0]
    folder = home / "look-alikes"
    folder.mkdir()
    row = {"key": json.loads(first)["key"], "texts": ["材料交错了能退吗"]}
    (folder / "a.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
def contrasts(home: Path) -> Path:
    """A contrast set of a pair of the test bank, and one of a group."""
    first = (home / "corpus" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines()[0]
    folder = home / "contrasts"
    folder.mkdir()
    edited = {"other": ["材料丢了怎么补"], "same": ["材料交哪儿"]}
    rows = [{"key": json.loads(first)["key"], **edited}, {"question": "补办身份证", **edited}]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def letters(home: Path) -> Path:
    """A letter that asks a pair of the test bank, and one that asks something else."""
    first = (home / "corpus" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines()[0]
    folder = home / "letters"
    folder.mkdir()
    row = {
        "key": json.loads(first)["key"],
        "same": ["您好，我跑了三趟都没有办成，窗口每次说的都不一样。请问材料到底交到哪里？"],
        "other": ["您好，我跑了三趟都没有办成，窗口每次说的都不一样。请问去哪里投诉？"],
    }
    (folder / "a.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
def answers(home: Path) -> Path:
    """An answer of a group, with a question to which it says something and one that it leaves."""
    folder = home / "answers"
    folder.mkdir()
    row = {
        "question": "补办身份证",
        "answer": "带户口簿到派出所补办。",
        "said": ["补身份证去哪"],
        "silent": ["补身份证多少钱"],
    }
    (folder / "a.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.mark.usefixtures("with_model")
def test_every_option_together_trains_an_adapter_that_goes_on_from_the_shipped_one(
    command: Callable[..., Result],
    home: Path,
    questions: Path,
    groups: Path,
    look_alikes: Path,
    contrasts: Path,
    letters: Path,
    answers: Path,
) -> None:
    out = home / "out"
    drawn = ("--variants", "1", "--whole-bank", "--groups", groups, "--asked", "1")
    drawn += ("--look-alikes", look_alikes, "--contrasts", contrasts, "--letters", letters)
    drawn += ("--answers", answers, "--most", "variants=1", "--most", "contrasts=2")
    trained = ("--passes", "1", "--steps", "2", "--until", "1", "--rate", "0.0005", "--seed", "11")
    going_on = ("--start", SHIPPED, "--blend", "0.5", "--threads", "1")
    result = command("train-reranker", questions, "--out", out, *drawn, *trained, *going_on)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {ADAPTER_FILE, CURVE_FILE}
    made = load_adapter(out / ADAPTER_FILE, encoder=WEIGHTS_SHA256)
    shipped = load_adapter(SHIPPED, encoder=WEIGHTS_SHA256)
    assert made.tensors.keys() == shipped.tensors.keys()
    curve = json.loads((out / CURVE_FILE).read_text(encoding="utf-8"))
    assert [point["step"] for point in curve["curve"]] == [1]
