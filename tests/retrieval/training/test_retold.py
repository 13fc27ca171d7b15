"""Texts told again mean the same: no guard word is lost, and each is right for itself."""

import random

from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.training.retold import ITSELF, read_beside_themselves, retold
from qa_service.retrieval.training.rows import rows_of
from qa_service.text.guards.compare import compare_guards, extract_guards, guards_of
from qa_service.text.matching_form import matching_form

QUESTIONS = (
    "低保怎么申请，需要带什么材料？",
    "我爸六十了，老年证在哪里办理",
    "公司没有交工伤保险，职工受伤了找谁赔？",
    "2019年的失业金可以领多长时间",
    "小微企业的孩子能不能上公办幼儿园",
)

seeds = st.integers(min_value=0, max_value=10_000)


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a draw of examples, not a secret


class TestRetold:
    @given(st.sampled_from(QUESTIONS), seeds)
    def test_conflicts_in_no_guard_word_with_what_was_told(self, text: str, seed: int) -> None:
        asked = extract_guards(matching_form(retold(text, drawn(seed))))
        assert compare_guards(asked, guards_of(text)).conflicts == ()

    @given(st.text(max_size=40), seeds)
    def test_of_any_text_is_told_the_same_way_by_the_same_seed(self, text: str, seed: int) -> None:
        assert retold(text, drawn(seed)) == retold(text, drawn(seed))

    def test_is_told_in_many_ways(self) -> None:
        assert len({retold(QUESTIONS[0], drawn(seed)) for seed in range(100)}) > 10


class TestBesideItself:
    def test_a_text_is_right_and_its_only_candidate(self) -> None:
        texts = [(text, "") for text in QUESTIONS]
        ranked = read_beside_themselves(texts, drawn(1))
        rows = rows_of(ranked, frozenset(), 1)
        assert len(rows) == len(QUESTIONS)
        assert all(row.answers for row in rows)
        assert {at for one in ranked for at in one.candidates} == {ITSELF}

    def test_is_read_with_the_question_of_its_pair(self) -> None:
        (one,) = read_beside_themselves([("低保咋申请", "低保怎么申请？")], drawn(1))
        assert one.candidates[ITSELF].endswith("低保怎么申请？")
