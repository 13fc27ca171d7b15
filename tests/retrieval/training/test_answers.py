import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scratch_service import REPOSITORY

from qa_service.knowledge.pairs.record.content import wording_key
from qa_service.retrieval.documents import PASSAGE_CHARACTERS, IndexedPair
from qa_service.retrieval.evaluation.dataset import JudgedQuery, load_evaluation_set
from qa_service.retrieval.training.answers import (
    AnsweredQuestion,
    Reading,
    UnusableAnswersError,
    beside_answers,
    rank_readings,
    read_answers,
    readings_of,
)
from qa_service.retrieval.training.contrasts import ContrastSet
from qa_service.retrieval.training.rows import RankedQuery, rows_of
from qa_service.retrieval.training.wording_groups import read_groups

PASSPORT = {
    "question": "怎么换护照？",
    "answer": "到出入境大厅换发，七个工作日领取。",
    "said": ["换护照几天拿到"],
    "silent": ["换护照多少钱"],
}
KNOWN = {"怎么换护照？"}
PAIRS = [
    IndexedPair(1, "社保卡丢了怎么补？", (), "到银行网点补办。"),
    IndexedPair(2, "社保卡密码忘了怎么办？", (), "到柜台重置。"),
    IndexedPair(3, "优待证怎么办？", (), ""),
]


def _written(folder: Path, *lines: object) -> Path:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "a.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def _by_fee(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of texts, equal where they hold 费 or do not."""
    return np.array([[1.0, 0.0] if "费" in text else [0.0, 1.0] for text in texts])


def test_an_answer_has_what_it_says_and_what_it_is_silent_on(tmp_path: Path) -> None:
    assert read_answers(_written(tmp_path, PASSPORT), KNOWN) == [
        AnsweredQuestion("怎么换护照？", PASSPORT["answer"], ("换护照几天拿到",), ("换护照多少钱",))
    ]


def test_all_lines_that_cannot_be_used_are_named_at_once(tmp_path: Path) -> None:
    unknown, without = PASSPORT | {"question": "怎么养猫？"}, PASSPORT | {"answer": " "}
    _written(tmp_path, {"question": "怎么换护照？"}, unknown, without, PASSPORT | {"said": [" "]})
    with pytest.raises(UnusableAnswersError) as refused:
        read_answers(tmp_path, KNOWN)
    assert all(f"第 {number} 行" in refused.value.message for number in (1, 2, 3, 4))


def test_texts_of_contrast_sets_and_answers_are_read_with_their_labels() -> None:
    contrasts = [
        ContrastSet(("怎么换护照？",), ("怎么换驾照？",), ("护照咋换",)),
        ContrastSet(("没有答案的问题？",), ("别的？",), ()),
    ]
    answered = [AnsweredQuestion("怎么换护照？", "到大厅。", ("去哪换",), ("多少钱",))]
    assert readings_of(contrasts, answered, KNOWN) == [
        Reading("怎么换驾照？", "怎么换护照？", answers=False),
        Reading("护照咋换", "怎么换护照？", answers=True),
        Reading("去哪换", "怎么换护照？", answers=True),
        Reading("多少钱", "怎么换护照？", answers=False),
    ]


def test_a_text_that_an_answer_tells_otherwise_is_not_read_beside_it() -> None:
    contrasts = [ContrastSet(("怎么换护照？",), ("怎么换驾照？", "护照换谁办？"), ())]
    answered = [AnsweredQuestion("怎么换护照？", "到大厅由本人换。", (), (), ("护照换谁办？",))]
    assert readings_of(contrasts, answered, KNOWN) == [
        Reading("怎么换驾照？", "怎么换护照？", answers=False)
    ]


def test_a_long_answer_is_read_where_it_is_nearest() -> None:
    near = "工本费二十元。"
    answers = {"怎么换护照？": "先预约。" * (PASSAGE_CHARACTERS // 4) + near}
    readings = [Reading("收多少费", "怎么换护照？", answers=True)]
    (row,) = rows_of(rank_readings(readings, answers, _by_fee), frozenset(), seed=1)
    assert (row.question, row.candidate, row.answers) == ("收多少费", f"怎么换护照？ {near}", True)


def test_questions_are_read_beside_the_answers_of_their_candidates() -> None:
    asked = JudgedQuery("q", "卡丢了咋补", frozenset({1}))
    ranked = RankedQuery(asked, {1: "社保卡丢了怎么补？", 2: "密码", 3: "优待证怎么办？"})
    found = beside_answers([ranked], PAIRS, _by_fee, share=1.0, seed=1)
    rows = rows_of(found, frozenset({1, 2, 3}), seed=1)
    assert {(row.candidate, row.answers) for row in rows} == {
        ("社保卡丢了怎么补？ 到银行网点补办。", True),
        ("社保卡密码忘了怎么办？ 到柜台重置。", False),
    }


def test_a_question_about_a_pair_without_an_answer_is_left_out() -> None:
    asked = JudgedQuery("q", "优待证咋办", frozenset({3}))
    ranked = RankedQuery(asked, {1: "社保卡丢了怎么补？", 3: "优待证怎么办？"})
    assert beside_answers([ranked], PAIRS, _by_fee, share=1.0, seed=1) == []


def test_only_the_share_asked_for_is_read() -> None:
    asked = [JudgedQuery(str(n), f"卡丢了咋补{n}", frozenset({1})) for n in range(10)]
    ranked = [RankedQuery(one, {1: "社保卡丢了怎么补？"}) for one in asked]
    found = beside_answers(ranked, PAIRS, _by_fee, share=0.3, seed=1)
    assert len(found) == 3


class TestTheAnswersOfTheCorpus:
    @pytest.fixture(scope="class")
    def answers(self) -> list[AnsweredQuestion]:
        groups = read_groups(REPOSITORY / "corpus" / "wordings").every()
        return read_answers(REPOSITORY / "corpus" / "answers", {group[0] for group in groups})

    def test_are_of_one_question_each(self, answers: list[AnsweredQuestion]) -> None:
        assert len({one.question for one in answers}) == len(answers)

    def test_say_or_are_silent_on_a_question_never_both(
        self, answers: list[AnsweredQuestion]
    ) -> None:
        assert [one for one in answers if set(one.said) & set(one.silent)] == []

    def test_ask_no_judged_question(self, answers: list[AnsweredQuestion]) -> None:
        judged = load_evaluation_set(REPOSITORY / "corpus" / "questions")
        asked = {wording_key(query.text) for query in judged.queries}
        texts = {wording_key(text) for one in answers for text in (*one.said, *one.silent)}
        assert not texts & asked

    def test_are_of_one_passage(self, answers: list[AnsweredQuestion]) -> None:
        assert [one for one in answers if len(one.answer) > PASSAGE_CHARACTERS] == []
