"""One normal form of a document number, whatever it was typed with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.document_number import (
    bare_title,
    document_number_key,
    lacks_year,
    names_one_document,
    normal_document_number,
    split_article,
)

OFFICE = st.sampled_from(["民发", "国办发", "甲府办发", "发改体改规", "人社部函", "区政规"])
BRACKETS = st.sampled_from(["[]", "()", "（）", "【】", "〔〕", "［］", "{}", "﹝﹞", "〖〗"])
SPACE = st.sampled_from(["", " ", "\u3000", "\u00a0", "\u200b", "\t"])
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """The right form of a number, and one an office typed."""
    office, year = draw(OFFICE), draw(st.integers(1950, 2049))
    serial = draw(st.integers(1, 9999))
    opening, closing = draw(BRACKETS)
    gaps = [draw(SPACE) for _ in range(5)]
    typed_serial = draw(st.sampled_from(["", "第"])) + draw(st.sampled_from(["", "0"]))
    typed = (
        f"{gaps[0]}{office}{gaps[1]}{opening}{year}{gaps[2]}{closing}{gaps[3]}"
        f"{typed_serial}{serial}{gaps[4]}号{gaps[0]}"
    )
    if draw(st.booleans()):
        typed = typed.translate(WIDE)
    return f"{office}〔{year}〕{serial}号", typed


@given(spellings())
def test_every_spelling_of_a_number_has_one_form_and_one_key(spelling: tuple[str, str]) -> None:
    right, typed = spelling
    assert normal_document_number(typed) == right
    assert document_number_key(typed) == document_number_key(right)
    assert names_one_document(typed)


@given(st.text())
def test_any_text_has_a_form_that_is_its_own(text: str) -> None:
    once = normal_document_number(text)
    assert normal_document_number(once) == once
    assert document_number_key(once) == document_number_key(text)


@given(spellings(), spellings())
def test_two_numbers_have_two_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (one[0] == other[0]) == (document_number_key(one[1]) == document_number_key(other[1]))


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("甲府发2024年8号", "甲府发〔2024〕8号"),
        ("甲府发〔24〕8号", "甲府发〔2024〕8号"),
        ("甲府发（24）第08号", "甲府发〔2024〕8号"),
        ("甲政通[24年] 8号", "甲政通〔2024〕8号"),
        ("国发【78】104号第三条", "国发〔1978〕104号第三条"),
        ("甲府发《2024》8号", "甲府发〔2024〕8号"),
        ("甲府发2024〕8号", "甲府发〔2024〕8号"),
        ("甲府发2024-8号", "甲府发〔2024〕8号"),
        ("甲府发〔二〇二四〕8号", "甲府发〔2024〕8号"),
        ("甲府发〔2024〕8", "甲府发〔2024〕8号"),
        ("甲府发〔2024〕8号文件", "甲府发〔2024〕8号"),
        ("甲府发〔2024〕No.8", "甲府发〔2024〕8号"),
        ("甲府發〔2024〕8號", "甲府发〔2024〕8号"),
        ("甲府发「2024」8号", "甲府发〔2024〕8号"),
        ("甲府发“2024”8号", "甲府发〔2024〕8号"),
        ("甲府发«2024»8号", "甲府发〔2024〕8号"),
        ("甲府发|2024|8号", "甲府发〔2024〕8号"),
        ("甲府发/2024/8号", "甲府发〔2024〕8号"),
        ("甲府发2024/8号", "甲府发〔2024〕8号"),
        ("甲府发〔２〇２四〕8号", "甲府发〔2024〕8号"),
        ("甲府发〔2024〕第十八号", "甲府发〔2024〕18号"),
        ("甲 府 发〔2024〕8号", "甲府发〔2024〕8号"),
        ("（甲府发〔2024〕8号）", "甲府发〔2024〕8号"),
        ("文号：甲府发[2024]8号。", "甲府发〔2024〕8号"),
        ("国务院令第六百四十九号", "国务院令第649号"),
        ("国务院令第六四九号", "国务院令第649号"),
        ("国务院令 第 0649 号", "国务院令第649号"),
        ("财政部\u3000税务总局公告２０２６年第１０号", "财政部 税务总局公告2026年第10号"),
        ("乙部令2019年第2号", "乙部令2019年第2号"),
        (
            "中办、国办2025年7月印发（公开文本未载文号）",
            "中办、国办2025年7月印发（公开文本未载文号）",
        ),
        ("2024年9月13日第十四届全国人大常委会通过", "2024年9月13日第十四届全国人大常委会通过"),
        ("社会保险法（2018修正）", "社会保险法（2018修正）"),
    ],
)
def test_orders_announcements_and_laws_keep_their_own_form(typed: str, normal: str) -> None:
    assert normal_document_number(typed) == normal


def test_a_number_without_a_year_does_not_tell_which_document_it_is() -> None:
    assert not names_one_document("主席令第63号")
    assert names_one_document("丙部公告2025年第3号")


def test_an_article_behind_the_number_is_told_apart() -> None:
    assert split_article("甲府发[2024]8号第三条第二款") == ("甲府发〔2024〕8号", "第三条第二款")
    assert split_article("甲府发〔2024〕8号") == ("甲府发〔2024〕8号", None)
    assert split_article("社会保险法") == ("社会保险法", None)


@pytest.mark.parametrize(
    "named",
    [
        "高龄津贴办法",
        "《高龄津贴办法》",
        "甲局关于印发《高龄津贴办法》的通知",
        "《甲局关于印发〈高龄津贴办法〉的通知》",
    ],
)
def test_a_title_is_found_in_its_marks_and_in_the_notice_that_issued_it(named: str) -> None:
    assert bare_title(named) == "高龄津贴办法"


@pytest.mark.parametrize("typed", ["民发〔45〕5号", "民发21年57号", "民发2157号", "民发21-57号"])
def test_a_number_whose_year_cannot_be_read_is_to_be_asked_for(typed: str) -> None:
    assert lacks_year(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "民发〔21〕57号",
        "（84）财综字第5号",
        "主席令第63号",
        "公告2021年第5号",
        "中办、国办2026年3月印发（公开文本未载文号）",
        "",
    ],
)
def test_a_number_that_needs_no_question_is_taken(typed: str) -> None:
    assert not lacks_year(typed)
