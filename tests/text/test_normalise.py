"""One form for matching; cleaned text for storing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.normalise import display_clean, is_meaningful, normalise

ANY_TEXT = st.text(
    st.one_of(
        st.characters(codec=None, exclude_categories=()),
        st.sampled_from(
            "三两一十百千万年孩岁级天个月工作日元0123456789,。.、?？ 　統醫療〇百分之至"
        ),
    ),
    max_size=60,
)


class TestNormalise:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("醫療保險怎麼報銷", "医疗保险怎么报销"),
            ("ＡＰＰ登录", "app登录"),
            ("三孩", "3孩"),
            ("二〇二四年", "2024年"),
            ("二零二四年", "2024年"),
            ("五个工作日", "5个工作日"),
            ("十五天", "15天"),
            ("一百二十平方米", "120平方米"),
            ("十五万元", "15万元"),
            ("一万五千元", "1.5万元"),
            ("三级医院", "3级医院"),
            ("百分之五十", "50%"),
            ("三至五个工作日", "3至5个工作日"),
            ("第二个孩子", "第2个孩子"),
            ("１，０００元", "1000元"),
            ("怎么办？？？", "怎么办?"),
            ("国办发【2020】53号", "国办发〔2020〕53号"),
            ("2024 年 5 月", "2024年5月"),
            ("社 保 卡", "社保卡"),
            ("“三孩”", "「3孩」"),
        ],
    )
    def test_the_same_said_in_two_ways_has_one_form(self, one: str, other: str) -> None:
        assert normalise(one) == normalise(other)

    @pytest.mark.parametrize(
        "word",
        [
            "一般",
            "三明市",
            "一次性",
            "万一",
            "统一",
            "十分",
            "五险一金",
            "三农",
            "一定",
            "一起",
            "统一年度",
            "三元区",
            "二维码",
            "几十年",
            "一方面",
            "三八妇女节",
            "五一劳动节",
            "第一书记",
            "双一流",
            "一卡通",
            "一网通办",
            "三支一扶",
            "两江新区",
            "这一类人",
            "百年",
            "千万",
        ],
    )
    def test_words_that_hold_a_numeral_are_left_alone(self, word: str) -> None:
        assert normalise(word) == word

    def test_an_ill_formed_numeral_is_left_alone(self) -> None:
        assert normalise("三五天就好") == "三五天就好"

    def test_spaces_between_english_words_stay(self) -> None:
        assert normalise("Apple  Pay 支付") == "apple pay支付"

    def test_a_decimal_point_is_no_full_stop(self) -> None:
        assert normalise("涨1.5倍.") == "涨1.5倍。"

    def test_invisible_characters_and_lone_surrogates_are_gone(self) -> None:
        assert normalise("社\u200b保\x00卡\ud800") == "社保卡"

    @given(ANY_TEXT)
    def test_never_raises_is_idempotent_and_bounded(self, text: str) -> None:
        once = normalise(text)
        assert normalise(once) == once
        assert len(once) <= 18 * len(text)
        once.encode()


class TestDisplayClean:
    def test_wording_case_and_script_stay(self) -> None:
        assert display_clean("  醫保 ＡＰＰ，怎麼用？ ") == "醫保 ＡＰＰ，怎麼用？"

    def test_white_space_is_collapsed_to_one_line(self) -> None:
        assert display_clean("第一\r\n\n第二\t\u3000第三") == "第一 第二 第三"

    def test_controls_zero_width_surrogates_and_nul_are_gone(self) -> None:
        assert display_clean("a\x00b\x1b\u200d\ufeff\ud83dc\u202e") == "abc"

    @given(ANY_TEXT)
    def test_never_raises_is_idempotent_and_never_grows(self, text: str) -> None:
        once = display_clean(text)
        assert display_clean(once) == once
        assert len(once) <= len(text)
        once.encode()


class TestIsMeaningful:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "  \n",
            "？！。",
            "😀👍🏻",
            "\x00\x07\u200b",
            "12345",
            "１２３",
            "\u3164",
            "\ud800",
            "①",
        ],
    )
    def test_nothing_to_search_for(self, text: str) -> None:
        assert not is_meaningful(text)

    @pytest.mark.parametrize("text", ["医", "a", "3孩", "😀社保", "12345热线", "ᠮᠣᠩᠭᠣᠯ"])
    def test_something_to_search_for(self, text: str) -> None:
        assert is_meaningful(text)
