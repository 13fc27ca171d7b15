"""Names that nothing announces: masked where they are certain, told where they may be names."""

import json

import pytest
from scratch_service import REPOSITORY

from qa_service.text.privacy.bare_names import possible_names
from qa_service.text.privacy.masking import mask_personal_data

QUESTIONS = REPOSITORY / "corpus" / "questions"

NAMES = [
    "王小明",
    "李秀英",
    "张桂兰",
    "陈志强",
    "杨丽华",
    "黄淑芬",
    "吴晓燕",
    "孙玉梅",
    "胡金凤",
    "郭子轩",
    "罗雨桐",
    "谢婷婷",
    "韩雪梅",
    "萧若兰",
    "许志远",
    "彭浩然",
    "丁建华",
    "薛宝琴",
]


@pytest.mark.parametrize(
    "said",
    [
        "{} 低保 什么时候发",
        "低保 什么时候发 {}",
        "{}，残疾证怎么补",
        "{}的低保什么时候发",
        "{}养老金没到账",
        "帮{}查一下低保",
        "给{}办残疾证要带什么",
    ],
)
def test_a_full_name_is_masked_without_a_cue(said: str) -> None:
    masked = {name: mask_personal_data(said.format(name)).text for name in NAMES}
    assert {name: text for name, text in masked.items() if text != said.format("〔姓名〕")} == {}


def test_a_name_with_a_surname_of_two_characters_is_masked_where_it_stands_alone() -> None:
    assert mask_personal_data("欧阳娜娜 低保").text == "〔姓名〕 低保"


@pytest.mark.parametrize(
    "said",
    [
        "为何明明符合条件却不批",
        "楚建建〔2013〕282号还有效吗",
        "毛泽东思想概论 学分 认定",
        "马上 办理",
        "高新区 社保局 在哪",
        "金银花 种植补贴",
        "牛宝宝 上户口",
        "石家庄 低保 标准",
        "王女士 低保",
    ],
)
def test_words_that_look_like_a_name_stay(said: str) -> None:
    assert mask_personal_data(said).text == said


def test_a_word_that_may_be_a_name_is_told_and_stays() -> None:
    said = "王芳 低保 什么时候发"
    assert mask_personal_data(said).text == said
    assert possible_names(said) == ("王芳",)
    assert possible_names("低保 什么时候发") == ()
    assert possible_names("〔姓名〕 低保 什么时候发") == ()


@pytest.mark.parametrize(
    "said",
    [
        "王芳的低保什么时候发",
        "王芳养老金没到账",
        "王芳申请公租房怎么弄",
        "帮王芳查一下低保",
        "给王芳办残疾证要带什么",
        "请联系王芳办理",
    ],
)
def test_a_name_of_two_characters_is_told_where_it_has_or_gets_something(said: str) -> None:
    assert possible_names(said) == ("王芳",)
    assert possible_names(said.replace("王芳", "李强")) == ("李强",)
    assert possible_names(said.replace("王芳", "孙子")) == ()


def test_no_text_of_the_starter_bank_is_told_to_hold_a_name() -> None:
    pairs = map(json.loads, (REPOSITORY / "corpus" / "qa_pairs.jsonl").open(encoding="utf-8"))
    texts = [
        text
        for pair in pairs
        for text in (pair["question"], pair["answer"], pair["phone_script"], *pair["variants"])
    ]
    assert len(texts) > 8_000
    assert [text for text in texts if possible_names(text)] == []


def test_hardly_any_judged_question_is_told_to_hold_a_name() -> None:
    asked = [
        json.loads(line)["text"]
        for file in QUESTIONS.glob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    ]
    assert len(asked) > 10_000
    assert [text for text in asked if possible_names(text)] == []
