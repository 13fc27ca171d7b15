from hypothesis import given
from hypothesis import strategies as st

from qa_service.web.kit.highlight import Segment, highlight


class TestHighlight:
    def test_marks_each_matched_word(self) -> None:
        assert highlight("社保卡丢了怎么补办", ["补办", "社保卡"]) == (
            Segment("社保卡", is_matched=True),
            Segment("丢了怎么", is_matched=False),
            Segment("补办", is_matched=True),
        )

    def test_prefers_the_longer_of_two_words(self) -> None:
        assert highlight("养老保险", ["养老", "养老保险"]) == (
            Segment("养老保险", is_matched=True),
        )

    def test_takes_words_as_they_are_and_not_as_patterns(self) -> None:
        assert highlight("a+b", ["+"])[1] == Segment("+", is_matched=True)

    @given(st.text(), st.lists(st.text(max_size=4), max_size=5))
    def test_never_changes_the_text(self, text: str, words: list[str]) -> None:
        assert "".join(run.text for run in highlight(text, words)) == text
