from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.documents import PASSAGE_CHARACTERS, IndexedPair, passages
from qa_service.vocabulary import TextKind

texts = st.text(st.sampled_from("社保卡丢了a1 \n\t。！？；;.，") | st.characters(), max_size=400)


def without_whitespace(text: str) -> str:
    return "".join(text.split())


class TestPassages:
    @given(texts, st.integers(1, 60))
    def test_lose_nothing_but_whitespace(self, text: str, limit: int) -> None:
        assert without_whitespace("".join(passages(text, limit))) == without_whitespace(text)

    @given(texts, st.integers(1, 60))
    def test_never_exceed_the_limit_and_are_never_blank(self, text: str, limit: int) -> None:
        assert all(0 < len(passage.strip()) <= limit for passage in passages(text, limit))
        assert all(len(passage) <= limit for passage in passages(text, limit))

    def test_end_where_sentences_end(self) -> None:
        first, second = "先到窗口申请。" * 20, "再等五个工作日！" * 20
        assert passages(first + second, 160) == [
            first + "再等五个工作日！" * 2,
            "再等五个工作日！" * 18,
        ]

    def test_cut_a_sentence_that_is_too_long(self) -> None:
        assert [len(passage) for passage in passages("长" * 450)] == [200, 200, 50]

    def test_of_a_short_text_are_the_text(self) -> None:
        assert passages("  带身份证。\n到窗口办理。 ") == ["带身份证。\n到窗口办理。"]
        assert passages("答" * PASSAGE_CHARACTERS) == ["答" * PASSAGE_CHARACTERS]

    def test_of_blank_text_are_none(self) -> None:
        assert passages("") == []
        assert passages(" \n\u3000") == []


class TestIndexedPair:
    def test_gives_question_variants_and_passages_in_order(self) -> None:
        pair = IndexedPair(1, "社保卡丢了怎么补办？", ("卡没了咋办", "补社保卡"), "甲。" * 150)
        assert list(pair.texts()) == [
            (TextKind.QUESTION, "社保卡丢了怎么补办？"),
            (TextKind.VARIANT, "卡没了咋办"),
            (TextKind.VARIANT, "补社保卡"),
            (TextKind.ANSWER, "甲。" * 100),
            (TextKind.ANSWER, "甲。" * 50),
        ]

    def test_leaves_blank_texts_out(self) -> None:
        assert list(IndexedPair(1, " ", ("", "\n"), "\u3000").texts()) == []
