"""One form of questions and stored texts, whatever the script, courtesy or punctuation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from qa_service.text.matching_form import matching_form
from qa_service.text.normalise import simplify

ANY_TEXT = st.text(
    st.one_of(
        st.characters(codec=None, exclude_categories=()),
        st.sampled_from(
            "嗯那个就是说请问一下想咨询您好谢，。？！[]〔〕“”😀三千六万五元怎么申请低保0123456789"
        ),
    ),
    max_size=40,
)
PLAIN = "低保怎么申请"
TO_TRADITIONAL = OpenCC("s2t")


class TestMatchingForm:
    @pytest.mark.parametrize(
        "written",
        [
            "低保怎么申请？？",
            "低保怎麼申請",
            "低保怎么申请😀",
            "“低保”怎么申请……",
            "嗯，那个，低保怎么申请",
            "嗯那个低保就是说怎么申请",
            "喂，您好，请问一下低保怎么申请，谢谢您",
            "你好我想咨询一下，低保怎么申请？麻烦了",
            "[电话]低保怎么申请",
            "我的电话是〔手机号〕，低保怎么申请",
            "　低保 怎么申请！",
        ],
    )
    def test_what_says_nothing_about_the_matter_is_left_out(self, written: str) -> None:
        assert matching_form(written) == PLAIN

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("每年补贴三千六", "每年补贴3600"),
            ("一年能存1万5吗", "1年能存15000吗"),
            ("月薪1万2千", "月薪12000"),
            ("一万五千元", "15000元"),
            ("1万五千元", "15000元"),
            ("1.5万元", "15000元"),
            ("两万五的补贴", "25000的补贴"),
            ("三万五千人", "35000人"),
            ("廿五日", "25日"),
            ("一百二平方米", "120平方米"),
            ("两百五平米", "250平米"),
            ("一百零五平米", "105平米"),
            ("1,234,567元", "1234567元"),
            ("卅天", "30天"),
        ],
    )
    def test_a_number_has_one_form(self, one: str, other: str) -> None:
        assert matching_form(one) == matching_form(other)

    @pytest.mark.parametrize("word", ["万一", "千万别", "一百八十度", "三千世界", "五险一金"])
    def test_words_that_hold_a_numeral_are_left_alone(self, word: str) -> None:
        assert matching_form(word) == word

    def test_a_list_of_short_codes_is_no_number(self) -> None:
        assert matching_form("拨打110,120,119哪个") == "拨打110,120,119哪个"

    @pytest.mark.parametrize("text", ["您好", "谢谢", "请问"])
    def test_courtesy_alone_stays(self, text: str) -> None:
        assert matching_form(text) == text

    @pytest.mark.parametrize(
        ("written", "form"),
        [
            ("咨询下岗职工补贴", "咨询下岗职工补贴"),
            ("想咨询下低保", "低保"),
            ("请问下午几点上班", "下午几点上班"),
            ("请问下水道堵了找谁", "下水道堵了找谁"),
            ("请问下一年的缴费标准", "下1年的缴费标准"),
            ("请问下12345是什么电话", "12345是什么电话"),
            ("(電話)低保", "低保"),
        ],
    )
    def test_a_word_that_begins_like_courtesy_stays_whole(self, written: str, form: str) -> None:
        assert matching_form(written) == form

    def test_what_is_denied_stays(self) -> None:
        assert matching_form("那个，没有居住证不能上学吗？") == "没有居住证不能上学吗"

    def test_digits_keep_their_signs(self) -> None:
        assert matching_form("9:30到3-5日，1.5倍") == "9:30到3-5日,1.5倍"

    @given(ANY_TEXT)
    def test_never_raises_and_is_idempotent(self, text: str) -> None:
        once = matching_form(text)
        assert matching_form(once) == once

    @given(st.text(st.sampled_from("低保怎么申请补贴医疗产假谁能领国家学校万岁，？"), max_size=20))
    def test_is_independent_of_the_script(self, text: str) -> None:
        traditional = TO_TRADITIONAL.convert(text)
        assert matching_form(traditional) == matching_form(simplify(text))
