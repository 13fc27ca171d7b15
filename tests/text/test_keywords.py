"""Questions that are keywords."""

import pytest

from qa_service.text.keywords import is_keyword, is_short_number
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


class TestShortNumbers:
    @pytest.mark.parametrize(
        "text", ["110", "12333", " 12345？", "１２３１５", "12333。", "95598", "1258", "96102"]
    )
    def test_of_the_public_are_keywords(self, text: str) -> None:
        assert is_short_number(matching_form(text))
        assert is_keyword(text, matching_form(text))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "？",
            "11",
            "500",
            "2024",
            "62345",
            "13800000000",
            "12333 110",
            "1.5",
            "2024-11",
        ],
    )
    def test_are_no_other_numbers(self, text: str) -> None:
        assert not is_short_number(matching_form(text))
