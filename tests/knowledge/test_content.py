from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.knowledge.content import (
    Basis,
    InvalidPairError,
    PairContent,
    check_content,
    clean_content,
    question_key,
)
from qa_service.policy_field import PolicyField

CONTENT = PairContent(
    field=PolicyField.TAXATION,
    unit="tax",
    question="个税怎么退？",
    variants=("退个税咋办",),
    answer="在手机上办。",
    phone_script="在手机上办。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("个税办法", "第一条"),),
)


class TestQuestionKey:
    @pytest.mark.parametrize("same", ["個稅怎麼退", " 个税怎么退?? ", "个税 怎么退？"])
    def test_is_blind_to_script_width_and_spacing(self, same: str) -> None:
        assert question_key(same) == question_key("个税怎么退？")

    def test_tells_other_wordings_apart(self) -> None:
        assert question_key("个税怎么补？") != question_key("个税怎么退？")


class TestCleanContent:
    def test_only_the_answer_keeps_its_lines(self) -> None:
        dirty = replace(
            CONTENT, question="个税\n怎么退？", answer="一、\r\n\u200b甲 \r\n\n\n\n二、乙\x00\n"
        )
        clean = clean_content(dirty)
        assert clean.question == "个税 怎么退？"
        assert clean.answer == "一、\n甲\n\n二、乙"

    def test_leaves_out_empty_and_repeated_items(self) -> None:
        dirty = replace(
            CONTENT,
            variants=("甲怎么办", " 甲怎么办", " "),
            keywords=("", "个税"),
            basis=(Basis("甲", " "), Basis("甲", None)),
        )
        clean = clean_content(dirty)
        assert clean.variants == ("甲怎么办",)
        assert clean.keywords == ("个税",)
        assert clean.basis == (Basis("甲", None),)

    @given(st.text(), st.lists(st.text()).map(tuple))
    def test_is_idempotent(self, answer: str, variants: tuple[str, ...]) -> None:
        clean = clean_content(replace(CONTENT, answer=answer, variants=variants))
        assert clean_content(clean) == clean


class TestCheckContent:
    def test_accepts_what_can_be_stored(self) -> None:
        check_content(CONTENT)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("question", "？？"),
            ("question", "字" * 129),
            ("answer", ""),
            ("answer", "字" * 10_001),
            ("phone_script", "字" * 81),
            ("variants", ("123",)),
            ("variants", tuple(f"第{n}种怎么办" for n in range(101))),
            ("keywords", ("字" * 21,)),
            ("keywords", tuple(f"词{n}" for n in range(51))),
            ("basis", (Basis("甲", "条" * 101),)),
            ("basis", tuple(Basis(f"甲{n}") for n in range(51))),
            ("expires_on", date(2024, 12, 31)),
        ],
    )
    def test_names_the_faulty_field(self, field: str, value: Any) -> None:
        with pytest.raises(InvalidPairError) as caught:
            check_content(replace(CONTENT, **{field: value}))
        assert {problem.field for problem in caught.value.problems} == {field}
