from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import PairContent, question_key
from qa_service.knowledge.pairs.record.rules import (
    InvalidPairError,
    check_content,
    clean_content,
    content_problems,
    personal_problems,
)
from qa_service.vocabulary import PolicyArea

CONTENT = PairContent(
    area=PolicyArea.TAXATION,
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


class TestPersonalNumbers:
    @pytest.mark.parametrize(
        "number", ["13800138000", "１３８ ０００ ０００００", "1 3 8 0 0 1 3 8 0 0 0"]
    )
    @pytest.mark.parametrize("field", ["question", "answer", "phone_script"])
    def test_of_a_person_are_never_stored(self, field: str, number: str) -> None:
        with pytest.raises(InvalidPairError) as refused:
            check_content(replace(CONTENT, **{field: f"请拨打{number}咨询"}))
        assert [(one.field, "手机号" in one.message) for one in refused.value.problems] == [
            (field, True)
        ]

    @pytest.mark.parametrize(
        ("number", "told"),
        [
            ("11010519491231002X", "身份证号"),
            ("110105 19491231 002X", "身份证号"),
            ("6222 0212 3456 7890 128", "银行卡号"),
            ("一三八零零一三八零零零", "手机号"),
        ],
    )
    def test_are_named_by_their_kind(self, number: str, told: str) -> None:
        problems = personal_problems({"variants": f"号码{number}能领吗"})
        assert [told in problem.message for problem in problems] == [True]

    @pytest.mark.parametrize("text", ["府发〔2024〕12号", "拨打010-12345678", "12345678元"])
    def test_of_an_office_or_a_document_stand(self, text: str) -> None:
        assert content_problems(replace(CONTENT, answer=text)) == ()


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
        assert content_problems(CONTENT) == ()

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
