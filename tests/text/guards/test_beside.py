"""A stored wording is compared beside the pair's own question."""

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
