import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.knowledge.exchange.rows.cells import (
    KEYWORD_SIGNS,
    LINE_SIGNS,
    WORDING_SIGNS,
    counts_several,
    escape_xstring,
    guard_formula,
    inline_list,
    is_ditto,
    is_placeholder,
    join_items,
    split_items,
    unescape_xstring,
    unguard_formula,
    without_numbering,
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

    @pytest.mark.parametrize(
        "cell",
        [
            "无",
            "／",
            "（无）",
            "【无】",
            "“无”",
            "无、无",
            "不填",
            "待定",
            "#N/A",
            "暂无相似问",
            "没有相似问法",
            "无其他关键词",
            "尚无政策依据",
        ],
    )
    def test_what_only_says_that_a_cell_is_empty_is_nothing(self, cell: str) -> None:
        assert is_placeholder(cell)
        assert split_items(cell, WORDING_SIGNS) == ()

    @pytest.mark.parametrize("cell", ["无房怎么办", "没有房子", "0", "待定岗怎么算", "无、有都行"])
    def test_what_says_more_is_text(self, cell: str) -> None:
        assert not is_placeholder(cell)

    @pytest.mark.parametrize("cell", ["同上", "同上一行", "见上一条", "见前文", "（同上）"])
    def test_what_refers_to_another_cell_is_ditto(self, cell: str) -> None:
        assert is_ditto(cell)

    @pytest.mark.parametrize(
        "cell",
        [
            "1.甲怎么办\n2.乙怎么办",
            "一、甲怎么办\n二、乙怎么办",
            "（一）甲怎么办\n（二）乙怎么办",
            "Q1：甲怎么办\nQ2：乙怎么办",
            "问题1、甲怎么办\n问题2、乙怎么办",
            "①甲怎么办；②乙怎么办",
            "- 甲怎么办\n- 乙怎么办",
            "•甲怎么办\n•乙怎么办",
        ],
    )
    def test_what_counts_a_list_is_no_text_of_it(self, cell: str) -> None:
        items = split_items(cell, WORDING_SIGNS)
        assert without_numbering(items) == ("甲怎么办", "乙怎么办")

    @pytest.mark.parametrize(
        "items", [("-5度停课吗", "- 放假吗"), ("1. 怎么办",), ("一、怎么办", "三、在哪办")]
    )
    def test_a_sign_that_counts_nothing_stays(self, items: tuple[str, ...]) -> None:
        assert without_numbering(items) == items

    def test_a_list_counted_on_one_line_is_known(self) -> None:
        lists = (
            "①去哪办②怎么办",
            "1、去哪办 2、怎么办",
            "（1）去哪办（2）怎么办",
            "1.去哪办2.怎么办",
        )
        assert all(map(counts_several, lists))
        texts = ("满60岁1.5万元怎么领", "第1、2条怎么理解", "2024年1、2月的补贴", "60岁、70岁")
        assert not any(map(counts_several, texts))

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
