import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.accounts.actor import CLOCKWORK
from qa_service.consultation.inquiry import (
    QUESTION_CHARACTERS,
    Inquiry,
    UnusableQuestionError,
    clean_question,
    matchable_id,
)
from qa_service.ledger.askers.details import AskerDetails
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import Channel

PHONE = "13800000000"

UNUSABLE = [
    "",
    " \t\n\u3000",
    "？！。……",
    "67890",
    "😀😀👍🏻",
    "\x00\x01\x02\x1b",
    "\u200b\u200d\ufeff",
    "\ud800\udfff",
]


class TestUnusableQuestions:
    @pytest.mark.parametrize("question", UNUSABLE, ids=ascii)
    def test_without_words_are_refused_with_what_to_do(self, question: str) -> None:
        with pytest.raises(UnusableQuestionError, match="请用一句话说明") as refused:
            clean_question(question)
        assert [problem.field for problem in refused.value.problems] == ["question"]

    def test_over_long_ones_are_refused_and_the_longest_is_not(self) -> None:
        longest = "问" * QUESTION_CHARACTERS
        assert clean_question(longest) == longest
        with pytest.raises(UnusableQuestionError, match=f"超过 {QUESTION_CHARACTERS} 个字"):
            clean_question(longest + "问")


class TestIdsOfCallers:
    def test_are_kept_unless_they_are_a_personal_number(self) -> None:
        cipher = FieldCipher.of(b"0" * 32)
        assert matchable_id("12345-20261124-0087", cipher) == "12345-20261124-0087"
        stored = matchable_id(PHONE, cipher)
        assert PHONE not in stored
        assert len(stored) <= 128
        assert stored == matchable_id(PHONE, cipher) != matchable_id("13800000001", cipher)


class TestCleanQuestion:
    @pytest.mark.parametrize(
        "question",
        ["社保卡丢了怎么补办？", "VAT?", "'; DROP TABLE qa_pair; --", "{{7*7}} <b>低保</b>"],
    )
    def test_wording_stays_as_it_was_said(self, question: str) -> None:
        assert clean_question(question) == question

    def test_white_space_and_invisible_characters_go(self) -> None:
        assert clean_question("  社保卡\u200b丢了\r\n怎么补办\x00 ") == "社保卡丢了 怎么补办"

    @pytest.mark.parametrize(
        ("question", "cleaned"),
        [
            (f"低保怎么申请，回电{PHONE}", "低保怎么申请，回电〔手机号〕"),
            ("低保怎么申请，回电１３８ ００００ ００００", "低保怎么申请，回电〔手机号〕"),
            (f"低保怎么申请，回电{PHONE[:3]}\u200b{PHONE[3:]}", "低保怎么申请，回电〔手机号〕"),
            ("低保怎么申请，邮箱a@example.com", "低保怎么申请，邮箱〔邮箱〕"),
        ],
    )
    def test_personal_data_is_masked(self, question: str, cleaned: str) -> None:
        assert clean_question(question) == cleaned

    @given(st.text(max_size=80))
    def test_any_text_is_cleaned_once_for_all_or_refused(self, text: str) -> None:
        try:
            cleaned = clean_question(text)
        except UnusableQuestionError:
            return
        assert cleaned == cleaned.strip()
        assert clean_question(cleaned) == cleaned


class TestInquiry:
    def test_reads_its_question_once(self) -> None:
        said = Inquiry("我叫王小明，电话13600001234，低保何时发？", Channel.HOTLINE, CLOCKWORK)
        assert said.cleaned == "我叫〔姓名〕，电话〔手机号〕，低保何时发？"
        assert said.cleaned is said.cleaned
        asker = said.completed_asker
        assert (asker.name, asker.phone) == ("王小明", "13600001234")

    def test_keeps_the_contact_it_was_given_before_the_one_said(self) -> None:
        given = AskerDetails("钱女士", None)
        said = Inquiry("我叫王小明，电话13600001234", Channel.HOTLINE, CLOCKWORK, asker=given)
        assert (said.completed_asker.name, said.completed_asker.phone) == ("钱女士", "13600001234")

    def test_shows_nothing_of_the_caller(self) -> None:
        said = Inquiry("低保何时发？", Channel.HOTLINE, CLOCKWORK, asker=AskerDetails("钱女士"))
        assert said.cleaned
        assert "钱女士" not in repr(said)
