"""A starter bank a district can adopt: enough pairs, each whole, and judged questions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_corpus import Corpus, lay, sound_corpus

from qa_service.knowledge.exchange.corpus import completeness as corpus_completeness
from qa_service.knowledge.exchange.corpus import question_check
from qa_service.knowledge.exchange.corpus.check import CorpusProblem
from qa_service.knowledge.exchange.corpus.completeness import check_completeness
from qa_service.knowledge.exchange.corpus.question_check import check_questions
from qa_service.vocabulary import PolicyArea

Row = dict[str, Any]


def whole_corpus() -> Corpus:
    """A corpus in which every area has one pair that lacks nothing."""
    corpus = sound_corpus()
    corpus["policies"] = corpus["policies"][:1]
    first = corpus["qa_pairs"][0]
    corpus["qa_pairs"] = [
        first
        | {
            "key": f"p{number}",
            "field": area.value,
            "question": f"{area.value}的事怎么办理？",
            "variants": [f"{area.value}{sign}咋整" for sign in "甲乙丙丁戊己庚辛"],
            "basis": [{"policy": "甲法", "article": "第一条"}],
            "aspect": "流程",
            "review_by": "2027-01-01",
        }
        for number, area in enumerate(PolicyArea)
    ]
    corpus["matters"] = [{"key": "m", "field": "养老", "name": "退休", "keywords": ["的事"]}]
    return corpus


@pytest.fixture(autouse=True)
def small_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """One pair an area and a handful of questions are enough here."""
    monkeypatch.setattr(corpus_completeness, "PAIRS_A_FIELD", 1)
    monkeypatch.setattr(corpus_completeness, "PAIRS", len(PolicyArea))
    monkeypatch.setattr(question_check, "QUESTIONS", 1)


def places(problems: list[CorpusProblem]) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.field) for problem in problems]


def test_a_whole_corpus_lacks_nothing(tmp_path: Path) -> None:
    assert check_completeness(lay(tmp_path, whole_corpus())) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda pair: pair["variants"].pop(), "variants"),
        (lambda pair: pair.pop("aspect"), "aspect"),
        (lambda pair: pair.pop("review_by"), "review_by"),
        (lambda pair: pair.update(basis=["甲法"]), "basis"),
        (lambda pair: pair.update(answer="每月【当地：标准】元。"), "answer"),
        (lambda pair: pair.update(phone_script="每月【本地：】元。"), "phone_script"),
    ],
)
def test_names_what_a_pair_lacks(
    tmp_path: Path, change: Callable[[Row], object], field: str
) -> None:
    corpus = whole_corpus()
    change(corpus["qa_pairs"][4])
    assert places(check_completeness(lay(tmp_path, corpus))) == [("qa_pairs.jsonl", 5, field)]


@pytest.mark.parametrize(
    "allowed",
    [{"basis": [{"policy": "甲法", "verified": False}]}, {"answer": "每月【本地：标准，元】元。"}],
)
def test_what_is_not_known_may_be_marked_as_such(tmp_path: Path, allowed: Row) -> None:
    corpus = whole_corpus()
    corpus["qa_pairs"][4].update(allowed)
    assert check_completeness(lay(tmp_path, corpus)) == []


def test_names_thin_areas_a_thin_bank_and_uncovered_topics(tmp_path: Path) -> None:
    corpus = whole_corpus()
    corpus["qa_pairs"].pop()
    corpus["matters"][0]["keywords"] = ["丧葬"]
    found = places(check_completeness(lay(tmp_path, corpus)))
    pairs = "qa_pairs.jsonl"
    assert found == [(pairs, 0, "field"), (pairs, 0, ""), ("matters.jsonl", 0, "keywords")]


def asked(number: int, text: str, **changes: object) -> Row:
    row: Row = {
        "id": f"q{number}",
        "text": text,
        "expected": [],
        "near": [],
        "kind": "wording",
        "split": "train",
    }
    return row | changes


LETTER = "各位领导好，" + "我家老人的事跑了好几趟，" * 12 + "这养老的手续到底怎么办"


def sound_questions() -> list[Row]:
    splits = ["train", "tune", "test"] * len(PolicyArea)
    rows = [
        asked(
            10 * number + place,
            f"想问{area.value}{word}",
            expected=[f"p{number}"],
            split=splits[number],
        )
        for number, area in enumerate(PolicyArea)
        for place, word in enumerate(("手续在哪弄", "要跑几趟", "如何操作呢", "办起来麻烦不"))
    ]
    return [
        *rows,
        asked(901, "养老 办", kind="keyword", expected=["p2"], split="test"),
        asked(902, "养老待郁怎办", kind="slip", expected=["p2"], split="test"),
        asked(903, "养老多少钱", kind="look_alike", near=["p2"], split="test"),
        asked(907, "养老丢了怎么补", kind="contrast", near=["p2"], split="test"),
        asked(908, "想问养老手续在哪儿弄", kind="contrast", expected=["p2"], split="test"),
        asked(909, LETTER, kind="letter", expected=["p2"], split="test"),
        asked(904, "生育和医疗一块问", kind="two_matters", expected=["p0", "p3"]),
        asked(905, "公积金能提吗", kind="missing"),
        asked(906, "今天天气真好", kind="chat"),
    ]  # fmt: skip


def questions_in(folder: Path, rows: list[Row]) -> Path:
    lay(folder, whole_corpus())
    (folder / "questions").mkdir(exist_ok=True)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "questions" / "all.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_corpus_without_judged_questions_has_no_problem(tmp_path: Path) -> None:
    assert check_questions(lay(tmp_path, whole_corpus())) == []


def test_sound_questions_have_no_problem(tmp_path: Path) -> None:
    assert check_questions(questions_in(tmp_path, sound_questions())) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "q0"}, "id"),
        ({"text": "想问生育手续在哪弄？"}, "text"),
        ({"text": ""}, "text"),
        ({"expected": ["nowhere"]}, "expected"),
        ({"expected": []}, "kind"),
        ({"kind": "two_matters"}, "kind"),
        ({"kind": "missing"}, "kind"),
        ({"kind": "look_alike", "near": ["p1"]}, "kind"),
        ({"kind": "odd"}, ""),
        ({"split": "test"}, "split"),
        ({"text": "教育的事怎么办理"}, "text"),
        ({"text": "教育甲咋整么"}, "text"),
    ],
)
def test_names_the_line_with_a_fault(tmp_path: Path, change: Row, field: str) -> None:
    rows = [*sound_questions(), asked(999, "再问一件教育方面的", expected=["p1"], split="tune")]
    rows[-1].update(change)
    found = places(check_questions(questions_in(tmp_path, rows)))
    assert ("questions/all.jsonl", len(rows), field) in found


def test_names_what_the_set_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_check, "QUESTIONS", 100)
    rows = [row for row in sound_questions() if row["split"] != "test" and row["id"] != "q1"]
    messages = [one.message for one in check_questions(questions_in(tmp_path, rows))]
    for part in ("至少要 100 条", "划分 test 不足", "没有“关键词”", "p0 只有 3 条", "p2 只有 0 条"):
        assert any(part in message for message in messages), part
