import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.guards.periods import unconfirmed_periods
from qa_service.text.normalise import normalise

STORED = "失业金每月能领多少钱？"


def unconfirmed(asked: str, stored: str = STORED, this_year: int | None = 2026) -> tuple[str, ...]:
    return unconfirmed_periods(normalise(asked), normalise(stored), this_year=this_year)


class TestAnotherYear:
    @pytest.mark.parametrize(
        "asked",
        [
            "2018年的失业金标准",
            "2018年度失业金",
            "二〇一八年失业金是多少",
            "２０１８年失业金",
            "2018的失业金",
            "18年的失业金",
            "一八年的失业金",
            "请问09年度失业金",
            "去年失业金多少",
            "前年的失业金",
            "上年度失业金",
            "上一年失业金",
            "明年失业金涨不涨",
            "来年失业金",
            "后年失业金",
            "2027年失业金多少",
            "5年前的失业金",
            "以前年度失业金补发",
            "往年失业金",
            "十三五期间失业金",
            "2017-2019年失业金",
            "今年和去年的失业金",
            "19年失业金多少",
            "09年失业金",
            "一九年失业金多少",
            "零九年失业金",
            "贰零壹玖年失业金",
            "27年失业金多少",
            "2019.5失业金多少",
            "2019-05失业金",
            "2019/05失业金",
            "公元2019失业金",
            "2019失业金多少",
            "21到23年失业金",
            "十三五失业金",
            "以前失业金多少",
            "失业金以前多少钱",
            "原来的政策失业金领多少",
            "旧政策失业金",
            "之前失业金一个月多少",
            "九几年的失业金多少",
            "我下岗那时候失业金多少",
            "当初失业金是怎么算的",
            "新规出来之前失业金多少",
            "失业金按那时规定领多少",
        ],
    )
    def test_that_the_pair_does_not_name_is_unconfirmed(self, asked: str) -> None:
        assert unconfirmed(asked)

    @pytest.mark.parametrize(
        ("asked", "stored"),
        [
            ("2018年的失业金", "2018年失业金标准是多少"),
            ("去年的失业金怎么补领", "2025年失业金怎么补领"),
            ("2019年失业金", "2018年以后失业金怎么算"),
            ("以前年度失业金", "以前年度的失业金可以补发吗"),
            ("明年买车减多少税", "2026年、2027年买车减多少税"),
        ],
    )
    def test_that_the_pair_names_is_confirmed(self, asked: str, stored: str) -> None:
        assert unconfirmed(asked, stored) == ()

    def test_is_named_alone_beside_one_that_is_confirmed(self) -> None:
        assert unconfirmed("2026年、2030年失业金", "2026年失业金") == ("2030年",)


class TestThisYearByName:
    @pytest.mark.parametrize(
        ("asked", "stored"),
        [
            ("今年低保标准是多少", "2023年低保标准是多少"),
            ("本年度低保标准是多少", "2024年低保标准是多少"),
            ("最新的低保标准是多少", "2022年低保标准是多少"),
            ("今年低保标准是多少", "上一年低保标准是多少"),
        ],
    )
    def test_is_not_confirmed_by_another_year(self, asked: str, stored: str) -> None:
        assert unconfirmed(asked, stored)

    @pytest.mark.parametrize("asked", ["去年底摔伤，今年刚回来能休年假吗", "今年毕业的能领补贴吗"])
    def test_tells_the_story_of_the_caller_too(self, asked: str) -> None:
        assert not unconfirmed(asked, asked.replace("今年", "去年"))

    @pytest.mark.parametrize("stored", ["2026年低保标准是多少", "低保标准是多少", "今年低保标准"])
    def test_is_confirmed_by_itself_and_needs_no_year(self, stored: str) -> None:
        assert not unconfirmed("今年低保标准是多少", stored)


@given(st.text(st.sampled_from("零〇0١一二九05年的级度前后去-至")))
def test_no_spelling_of_a_year_ends_in_an_error(text: str) -> None:
    unconfirmed(text, text)


@pytest.mark.parametrize("piece", ["去年", "2019年", "几年前"])
def test_a_hostile_text_costs_linear_time(piece: str) -> None:
    started = time.perf_counter()
    unconfirmed(piece * (16_000 // len(piece)))
    assert time.perf_counter() - started < 5


def test_a_year_in_both_scripts_is_read() -> None:
    assert unconfirmed("零5年的低保标准是多少", "2023年低保标准是多少") == ("零5年",)
    assert not unconfirmed("零5年的低保标准是多少", "2005年低保标准是多少")


class TestEventOfTheCaller:
    @pytest.mark.parametrize(
        "asked",
        [
            "我是去年六月毕业的，能领失业金吗",
            "孩子2023年出生，失业金怎么领",
            "公司2018年底成立的，失业金怎么交",
            "我1985年当的兵，现在能领失业金吗",
            "去年开的店关了，失业金怎么领",
            "十年前跟人开的公司，失业金怎么领",
            "2017年买的房子，失业金能还贷吗",
            "1998年领的结婚证丢了，怎么领失业金",
            "2022年多缴的失业保险怎么退",
        ],
    )
    def test_dates_no_rule(self, asked: str) -> None:
        assert unconfirmed(asked) == ()

    @pytest.mark.parametrize(
        "asked",
        [
            "我去年毕业的，当时失业金多少",
            "我去年毕业的，去年的失业金多少",
            "2018年出台的失业金标准",
            "去年发的失业金多少",
            "2017年买的房子，契税多少",
            "去年领的失业金算不算收入",
        ],
    )
    def test_is_told_from_the_rules_of_that_year(self, asked: str) -> None:
        assert unconfirmed(asked)


class TestThisYear:
    @pytest.mark.parametrize(
        "asked", ["2026年失业金", "今年失业金", "二〇二六年度失业金", "26年的失业金"]
    )
    def test_needs_no_confirmation(self, asked: str) -> None:
        assert unconfirmed(asked) == ()

    def test_is_another_year_where_the_rules_of_a_past_one_are_searched(self) -> None:
        asked = normalise("去年失业金"), normalise(STORED)
        assert unconfirmed_periods(*asked, this_year=2026, rules_of=2025) == ()
        assert unconfirmed_periods(*asked, this_year=2026, rules_of=2024) == ("去年",)
        this_year = normalise("2026年失业金"), normalise(STORED)
        assert unconfirmed_periods(*this_year, this_year=2026, rules_of=2025)

    def test_is_another_year_when_the_day_is_unknown(self) -> None:
        assert unconfirmed("2026年失业金", this_year=None)


class TestNoYear:
    @pytest.mark.parametrize(
        "asked",
        [
            "缴费15年的职工失业金",
            "15年社保能领失业金吗",
            "12年义务教育失业金",
            "干了3到5年失业金",
            "月收入2019元失业金",
            "以前在老家交的失业保险还算吗",
            "2024号文件失业金",
            "工龄20年失业金",
            "每年失业金",
            "补贴2000元",
            "说明年限",
            "上一年级要什么材料",
            "民发〔2018〕57号还有效吗",
            "60岁以上年满条件",
            "出生证明年龄",
        ],
    )
    def test_is_read_into_durations_amounts_and_numbers(self, asked: str) -> None:
        assert unconfirmed(asked) == ()
