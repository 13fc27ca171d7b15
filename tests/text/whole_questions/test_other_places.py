import pytest

from qa_service.text.whole_questions.other_places import matter_of_another_place

ALLOWANCE = ("每个孩子每年能领多少育儿补贴?", "国家育儿补贴每个孩子每年能领多少钱?")


@pytest.mark.parametrize(
    "asked",
    [
        "上海的育儿补贴一年多少",
        "请问北京育儿补贴每年多少钱",
        "你好,我想问一下杭州市那边的育儿补贴能领多少",
    ],
)
def test_a_matter_put_into_another_place_is_told(asked: str) -> None:
    found = matter_of_another_place(asked, *ALLOWANCE)
    assert found is not None
    assert found.startswith("地方不同：问的是")


@pytest.mark.parametrize(
    "asked",
    [
        "育儿补贴一年多少",
        "我是四川人,育儿补贴在这边能领吗",
        "户口在河南,育儿补贴怎么领",
        "北京户口的孩子能领育儿补贴吗",
        "在上海领育儿补贴,回来还能领吗",
        "上海寄来的材料丢了,育儿补贴怎么补",
    ],
)
def test_a_place_that_tells_of_the_caller_is_none(asked: str) -> None:
    assert matter_of_another_place(asked, *ALLOWANCE) is None


def test_a_pair_that_names_the_place_answers() -> None:
    assert matter_of_another_place("上海育儿补贴多少", "上海育儿补贴一年多少钱?") is None
