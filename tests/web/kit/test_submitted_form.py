from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from qa_service.web.kit.forms import SubmittedForm, plain_text


class TestSubmittedForm:
    def test_a_file_sent_in_place_of_text_counts_as_nothing(self) -> None:
        assert plain_text(object()) == ""

    def test_drops_control_characters_and_unifies_line_ends(self) -> None:
        assert plain_text("甲\x00乙\r\n丙\x1b[31m") == "甲乙\n丙[31m"

    def test_keeps_a_password_exactly_as_typed(self) -> None:
        assert SubmittedForm(FormData([("password", " a b ")])).secret("password") == " a b "

    def test_a_number_that_is_none_counts_as_zero(self) -> None:
        form = SubmittedForm(FormData([("a", "12"), ("b", "-1"), ("c", "１２"), ("d", "9" * 30)]))
        assert [form.number(name) for name in "abcde"] == [12, 0, 0, 0, 0]

    @given(st.text())
    def test_text_can_always_be_stored(self, text: str) -> None:
        kept = plain_text(text)
        assert "\x00" not in kept
        assert kept.encode("utf-8").decode("utf-8") == kept
