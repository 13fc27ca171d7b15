"""Clauses of a question with several matters, and keywords."""

import pytest

from qa_service.text.clauses import is_keyword, matters, names_matter
from qa_service.text.matching_form import matching_form
from qa_service.text.stop_words import FILLERS, STOP_WORDS


class TestMatters:
    @pytest.mark.parametrize(
        ("question", "clauses"),
        [
            ("低保怎么申请，还有高龄津贴怎么领", ("低保怎么申请", "高龄津贴怎么领")),
            ("低保怎么申请还有高龄津贴怎么领", ("低保怎么申请", "高龄津贴怎么领")),
            ("契税交多少，再问一下，产假多少天", ("契税交多少", "产假多少天")),
            ("临时救助给多少，几天能批", ("临时救助给多少", "临时救助给几天能批")),
            (
                "我爸七十了，老年证在哪办，办好了进公园要不要门票",
                ("我爸七十了,老年证在哪办", "办好了进公园要不要门票"),
            ),
        ],
    )
    def test_each_clause_that_asks_is_one(self, question: str, clauses: tuple[str, ...]) -> None:
        assert matters(matching_form(question)) == clauses

    @pytest.mark.parametrize(
        "question",
        [
            "产假多少天",
            "我爸没有智能手机，想带他去逛公园，没绿码进得去吗",
            "还有没有育儿补贴",
            "低保，还有高龄津贴",
            "",
        ],
    )
    def test_a_question_that_asks_once_is_not_split(self, question: str) -> None:
        assert matters(matching_form(question)) == ()


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


class TestWordsThatNameTheMatter:
    @pytest.mark.parametrize("word", ["养老金", "低保", "申请", "材料", "区别", "60", "社保卡"])
    def test_a_word_of_the_matter_names_it(self, word: str) -> None:
        assert names_matter(word)

    @pytest.mark.parametrize(
        "word", ["怎么", "怎么办", "多少钱", "多久", "哪里", "什么时候", "几天", "没有", "到底"]
    )
    def test_a_question_word_or_a_filler_does_not(self, word: str) -> None:
        assert not names_matter(word)

    def test_no_filler_is_a_stop_word_too(self) -> None:
        assert not FILLERS & STOP_WORDS
