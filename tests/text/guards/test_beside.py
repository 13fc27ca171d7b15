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
