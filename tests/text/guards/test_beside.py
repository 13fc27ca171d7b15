"""A stored wording is compared beside the pair's own question."""

import pytest

from qa_service.text.guards.compare import GuardComparison, compare_guards, extract_guards
from qa_service.text.matching_form import matching_form


def compared(asked: str, wording: str, standard: str) -> GuardComparison:
    """Return how a question compares with a wording beside the pair's own question."""
    question, nearest, own = (
        extract_guards(matching_form(text)) for text in (asked, wording, standard)
    )
    return compare_guards(question, nearest).beside(compare_guards(question, own))


class TestBenefitsOfOneFamily:
    def test_are_told_apart_by_the_question_where_the_wording_leaves_them_out(self) -> None:
        wording, standard = "生育奖励那个国家补贴咋弄", "国家育儿补贴怎么申请领取？"
        assert compared("生育补贴怎么申请", wording, standard).conflicts == (
            "待遇不同：问的是生育补贴，库中是育儿补贴",
        )

    def test_others_are_not(self) -> None:
        wording, standard = "产假津贴 申领流程", "职工生育津贴怎么申领？"
        assert compared("产假补贴怎么申请", wording, standard).conflicts == ()


class TestDoubts:
    def test_what_the_question_of_the_pair_names_is_in_no_doubt(self) -> None:
        wording = "嗯就是说，那笔钱，一个学年给不给"
        found = compared("国家奖学金发多少钱", wording, "大学生国家奖学金有多少钱？")
        assert [one for one in found.unconfirmed if "待遇" in one or "问的方面" in one] == []

    def test_what_no_text_of_the_pair_names_stays_in_doubt(self) -> None:
        found = compared("个体户能贷款吗", "贷款能办不", "哪些人能贷款？")
        assert any(one.startswith("主体待核：问的是个体工商户") for one in found.unconfirmed)

    def test_another_value_in_the_question_of_the_pair_confirms_nothing(self) -> None:
        found = compared("高龄津贴多少钱", "每月给多少", "护理补贴每月多少钱？")
        assert any(one.startswith("待遇待核：问的是高龄津贴") for one in found.unconfirmed)


class TestStatusThatSomebodyLacks:
    @pytest.mark.parametrize(
        ("asked", "wording", "standard"),
        [
            (
                "不是低保户能申请临时救助吗",
                "低保户能否申请临时救助",
                "已经是低保户，还能再申请临时救助吗？",
            ),
            (
                "不是特困人员能住养老院吗",
                "那个五保户不去养老院，会不会取消他的",
                "特困人员必须住敬老院吗，能不能在家供养？",
            ),
            ("没有残疾证能坐公交免费吗", "残疾证坐公交免费吗", "残疾证坐公交免费吗？"),
        ],
    )
    def test_is_not_answered_by_what_is_said_of_those_who_have_it(
        self, asked: str, wording: str, standard: str
    ) -> None:
        assert compared(asked, wording, standard).conflicts != ()
        assert compared(wording, asked, asked).conflicts != ()

    @pytest.mark.parametrize(
        ("asked", "stored"),
        [
            ("我是不是低保户能查吗", "我是低保户能查吗"),
            ("不是低保户才能申请吗", "低保户能申请吗"),
            ("不是本人可以代办吗", "可以让别人代办吗"),
            ("不是本地户口能申请低保吗", "外地户口能申请低保吗"),
            ("不是低保户能申请吗", "非低保家庭能申请吗"),
        ],
    )
    def test_is_none_in_a_polite_question_nor_told_of_another(
        self, asked: str, stored: str
    ) -> None:
        conflicts = compared(asked, stored, stored).conflicts
        assert [one for one in conflicts if one.startswith("身份不同")] == []

    def test_counts_where_the_question_of_the_pair_alone_names_it(self) -> None:
        wording, standard = "低保户住房困难，能分公租房不", "困难家庭怎么申请住房救助？"
        assert compared("不是困难家庭能申请公租房吗", wording, standard).conflicts == (
            "身份不同：问的是不属于“困难家庭”的，库中是“困难家庭”",
        )
