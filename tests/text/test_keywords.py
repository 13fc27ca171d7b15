"""Questions that are keywords."""

import pytest

from qa_service.text.keywords import is_keyword
from qa_service.text.matching_form import matching_form


class TestKeywords:
    @pytest.mark.parametrize(
        "text", ["产假", "低保", "契税", "退休", "12348", "上班猝死", "临时救助 材料", "产假 几天"]
    )
    def test_a_word_or_a_few_are_a_keyword(self, text: str) -> None:
        assert is_keyword(text, matching_form(text))

    @pytest.mark.parametrize(
        "text",
        [
            "产假几天",
            "低保怎么申请",
            "我退休了",
            "dibao zenme shenqing",
            "保",
            "孩子上学，学费",
            "一 二 三 四 五",
            "这是一个很长很长的词语 补贴",
        ],
    )
    def test_a_question_is_none(self, text: str) -> None:
        assert not is_keyword(text, matching_form(text))
