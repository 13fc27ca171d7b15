"""Words that ask, and words that name the matter."""

import pytest

from qa_service.text.question_words import asks, asks_openly, names_matter, names_no_matter
from qa_service.text.stop_words import FILLERS, STOP_WORDS


class TestWordsThatAsk:
    @pytest.mark.parametrize(
        "form", ["低保怎么办", "产假几天", "在哪交", "能不能报", "还行不", "有区别", "能领吗"]
    )
    def test_a_question_asks(self, form: str) -> None:
        assert asks(form)

    @pytest.mark.parametrize("form", ["低保", "好几天了", "几乎没有", "这么办", "哪怕一次"])
    def test_what_only_looks_like_a_question_word_does_not(self, form: str) -> None:
        assert not asks(form)

    @pytest.mark.parametrize(("form", "openly"), [("要交多少", True), ("说好的公平呢", False)])
    def test_a_particle_alone_does_not_ask_openly(self, form: str, openly: bool) -> None:
        assert asks(form)
        assert asks_openly(form) == openly


class TestWordsThatNameTheMatter:
    @pytest.mark.parametrize("word", ["养老金", "低保", "申请", "材料", "区别", "60", "社保卡"])
    def test_a_word_of_the_matter_names_it(self, word: str) -> None:
        assert names_matter(word)

    @pytest.mark.parametrize(
        "word", ["怎么", "怎么办", "多少钱", "多久", "哪里", "什么时候", "几天", "没有", "到底"]
    )
    def test_a_question_word_or_a_filler_does_not(self, word: str) -> None:
        assert not names_matter(word)

    @pytest.mark.parametrize(
        "form",
        ["要带什么材料", "要不要钱", "还需要哪些", "最晚要在多久之内提出", "找谁", "1年能报几回"],
    )
    def test_a_point_that_every_matter_has_names_none(self, form: str) -> None:
        assert names_no_matter(form)

    @pytest.mark.parametrize(
        "form",
        ["契税怎么交", "外地人行不行", "残疾证要不要", "投诉找哪里", "要什么学历", "火化能报吗"],
    )
    def test_a_question_of_its_own_names_its_matter(self, form: str) -> None:
        assert not names_no_matter(form)

    def test_no_filler_is_a_stop_word_too(self) -> None:
        assert not FILLERS & STOP_WORDS
