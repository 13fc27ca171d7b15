import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.knowledge.exchange.rows.cells import (
    KEYWORD_SIGNS,
    LINE_SIGNS,
    WORDING_SIGNS,
    escape_xstring,
    guard_formula,
    inline_list,
    join_items,
    split_items,
    unescape_xstring,
    unguard_formula,
)

ITEMS = st.lists(
    st.text(alphabet='甲无-/"a1\\|｜、，,#;； ', min_size=1).map(str.strip).filter(bool)
).map(tuple)
CELLS = st.text(alphabet="=+-@＝＋－＠\t\r'甲1\n ")


class TestListCells:
    @given(
        ITEMS, st.sampled_from([("\n", LINE_SIGNS), ("\n", WORDING_SIGNS), ("、", KEYWORD_SIGNS)])
    )
    def test_joined_items_split_into_the_same(
        self, items: tuple[str, ...], form: tuple[str, str]
    ) -> None:
        separator, signs = form
        assert split_items(join_items(items, separator, signs), signs) == items

    @given(st.lists(st.sampled_from(['["甲", "乙"]', "[甲，乙]", "[甲]", "[", "\\[甲", "乙"])))
    def test_texts_that_look_like_lists_come_back_as_texts(self, items: list[str]) -> None:
        cell = join_items(items, "\n", WORDING_SIGNS)
        assert inline_list(cell) is None
        assert split_items(cell, WORDING_SIGNS) == tuple(items)

    @pytest.mark.parametrize(
        "cell", ['["甲怎么办", "乙怎么办"]', " [甲怎么办, 乙怎么办] ", "['甲怎么办'，'乙怎么办']"]
    )
    def test_an_inline_list_is_read_as_its_items(self, cell: str) -> None:
        assert inline_list(cell) == ["甲怎么办", "乙怎么办"]

    @pytest.mark.parametrize(
        "cell", ["[社保卡]怎么补办", "[社保卡]", "[[甲], 乙", "[" * 9999 + "]"]
    )
    def test_other_brackets_are_text(self, cell: str) -> None:
        assert inline_list(cell) is None

    @pytest.mark.parametrize(
        "cell", ["甲怎么办\n乙怎么办", " 甲怎么办 | 乙怎么办|", "甲怎么办｜\n\n乙怎么办"]
    )
    def test_people_may_separate_as_they_like(self, cell: str) -> None:
        assert split_items(cell, LINE_SIGNS) == ("甲怎么办", "乙怎么办")

    def test_a_backslash_before_an_ordinary_character_stays(self) -> None:
        assert split_items(r"C:\新建|乙", LINE_SIGNS) == (r"C:\新建", "乙")


class TestFormulaGuard:
    @given(CELLS)
    def test_a_guarded_cell_is_unguarded_into_the_same(self, cell: str) -> None:
        assert unguard_formula(guard_formula(cell)) == cell

    @given(CELLS)
    def test_no_guarded_cell_begins_like_a_formula(self, cell: str) -> None:
        assert guard_formula(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")

    def test_an_apostrophe_before_an_ordinary_character_is_text(self) -> None:
        assert unguard_formula("'甲'是什么") == "'甲'是什么"


class TestXstring:
    @given(st.text(alphabet="_x005FD甲\n"))
    @example("_x000D_\n甲")
    @example("_x005F_x000D_")
    def test_gives_back_what_it_escaped(self, text: str) -> None:
        assert unescape_xstring(escape_xstring(text)) == text

    def test_reads_the_carriage_return_excel_writes(self) -> None:
        assert unescape_xstring("甲_x000D_\n乙") == "甲\r\n乙"
