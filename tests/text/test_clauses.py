"""Clauses of a question with several matters."""

import pytest

from qa_service.text.clauses import matters, with_pauses
from qa_service.text.matching_form import matching_form
from tests.support.letters import letter_of


def texts(form: str) -> tuple[str, ...]:
    return tuple(clause.text for clause in matters(form))


class TestMatters:
    @pytest.mark.parametrize(
        ("question", "clauses"),
        [
            ("低保怎么申请，还有高龄津贴怎么领", ("低保怎么申请", "高龄津贴怎么领")),
            ("低保怎么申请还有高龄津贴怎么领", ("低保怎么申请", "高龄津贴怎么领")),
            ("契税交多少，再问一下，产假多少天", ("契税交多少", "产假多少天")),
            ("临时救助给多少，几天能批", ("临时救助给多少", "临时救助给几天能批")),
            ("低保怎么申请，低保多久能批", ("低保怎么申请", "低保多久能批")),
            ("育儿补贴怎么申请多久到账", ("育儿补贴怎么申请", "育儿补贴多久到账")),
            ("户口怎么迁，医保怎么交", ("户口怎么迁", "医保怎么交")),
            ("新生儿户口怎么上，医保怎么交", ("新生儿户口怎么上", "新生儿医保怎么交")),
            ("新生儿怎么上户，医保怎么交", ("新生儿怎么上户", "新生儿医保怎么交")),
            ("低保怎么申请，医保呢", ("低保怎么申请", "医保怎么申请")),
            ("低保多少钱，那特困呢", ("低保多少钱", "特困多少钱")),
            ("职工医保能报生育吗，居民医保呢", ("职工医保能报生育吗", "居民医保能报生育吗")),
            ("医保怎么报销，门诊几成", ("医保怎么报销", "医保门诊几成")),
            ("离婚登记要带什么材料和多少钱", ("离婚登记要带什么材料", "离婚登记要带多少钱")),
            (
                "我爸七十了，老年证在哪办，办好了进公园要不要门票",
                ("我爸七十了,老年证在哪办", "办好了进公园要不要门票"),
            ),
        ],
    )
    def test_each_clause_that_asks_is_one(self, question: str, clauses: tuple[str, ...]) -> None:
        assert texts(matching_form(question)) == clauses

    def test_one_set_apart_is_not_passed_over_for_a_further_point(self) -> None:
        asked = "低保怎么申请，低保要什么材料，低保多久能批，另外公积金怎么提取"
        assert texts(matching_form(asked)) == ("低保怎么申请", "低保要什么材料", "公积金怎么提取")

    @pytest.mark.parametrize(
        ("question", "apart"),
        [
            ("低保怎么申请，要带什么材料", [False, False]),
            ("低保怎么申请，另外产假多少天", [False, True]),
            ("婚检查哪些项目以及在哪家医院做胃镜", [False, True]),
            ("营业执照丢了怎么补及食品证怎么办", [False, True]),
            ("残疾人坐公交免费吗并且坐高铁几折", [False, True]),
            ("助学贷款最长多少年还清/车贷最长多少年", [False, True]),
            ("结婚证丢了怎么补领，我护照也丢了", [False, True]),
            ("高龄津贴怎么领，我还想办老年公交卡", [False, True]),
            ("婚假几天，丧假几天", [False, True]),
            ("高龄津贴怎么领，残疾怎么领", [False, True]),
            ("婚假怎么休，婚假几天", [False, False]),
            ("低保怎么申请，还想问一下，我下个月生孩子，产假多少天", [False, True]),
        ],
    )
    def test_a_connector_sets_a_clause_apart(self, question: str, apart: list[bool]) -> None:
        assert [clause.is_apart for clause in matters(matching_form(question))] == apart

    @pytest.mark.parametrize(
        ("question", "clauses"),
        [
            ("社保卡丢了，顺便问下低保怎么申请", ("社保卡丢了", "低保怎么申请")),
            ("社保卡丢了顺便问一下低保怎么申请", ("社保卡丢了", "低保怎么申请")),
            ("社保卡丢了，另外低保怎么申请", ("社保卡丢了", "低保怎么申请")),
            ("想办居住证，再问下低保怎么申请", ("想办居住证", "低保怎么申请")),
            (
                "社保卡丢了，还想问一下，我妈六十了，老年证怎么办",
                ("社保卡丢了", "我妈六十了,老年证怎么办"),
            ),
            (
                "低保怎么申请，社保卡丢了，顺便问下产假几天",
                ("低保怎么申请", "社保卡丢了", "产假几天"),
            ),
        ],
    )
    def test_what_is_told_before_another_question_is_opened_is_one(
        self, question: str, clauses: tuple[str, ...]
    ) -> None:
        assert texts(matching_form(question)) == clauses

    def test_what_is_told_before_another_question_does_not_set_itself_apart(self) -> None:
        found = matters(matching_form("社保卡丢了，顺便问下低保怎么申请"))
        assert [clause.is_apart for clause in found] == [False, True]

    @pytest.mark.parametrize(
        ("written", "clauses"),
        [
            ("契税什么时候缴 维修基金什么时候交", ("契税什么时候缴", "维修基金什么时候交")),
            ("低保怎么申请  多久批", ("低保怎么申请", "低保多久批")),
            ("低保 怎么 申请", ()),
            ("我妈六十了 养老金怎么领", ()),
        ],
    )
    def test_a_space_between_parts_that_both_ask_is_a_pause(
        self, written: str, clauses: tuple[str, ...]
    ) -> None:
        assert texts(matching_form(with_pauses(written))) == clauses

    @pytest.mark.parametrize(
        "question",
        [
            "产假多少天",
            "我爸没有智能手机，想带他去逛公园，没绿码进得去吗",
            "还有没有育儿补贴",
            "前几天交了材料，低保多久能批",
            "排了这么久，低保多久能批",
            "过几天就满六十了，养老金怎么领",
            "低保，还有高龄津贴",
            "怎么知道医保在哪交",
            "我妈六十了，老年证怎么办",
            "社保卡丢了，我想补，怎么办",
            "我妈六十了，另外有残疾，低保怎么申请",
            "社保卡在另外一个城市能用吗",
            "你好，我想咨询一下，另外低保怎么申请",
            "好的知道了，再问下低保怎么申请",
            "产假有多少天",
            "",
        ],
    )
    def test_a_question_that_asks_once_is_not_split(self, question: str) -> None:
        assert matters(matching_form(question)) == ()


class TestReproachesOfALetter:
    ASKED = "高龄津贴怎么申请"
    LEAVE = "生孩子以后产假有多少天"

    @pytest.mark.parametrize(
        "reproach",
        [
            "难道老人家还要自己跑一趟吗",
            "这样折腾老人像话吗",
            "政府不是说让群众少跑腿吗",
            "还有没有人管",
            "这合理吗",
            "这样做公平吗",
            "还有没有王法",
        ],
    )
    def test_are_no_matter_and_take_no_place_of_one(self, reproach: str) -> None:
        found = texts(letter_of(*[reproach] * 3, "这样像话吗", self.ASKED, self.LEAVE))
        assert found == (self.ASKED, self.LEAVE)

    def test_leave_a_single_question_to_be_searched_alone(self) -> None:
        found = texts(letter_of("工作人员让我们等", "难道老人家还要自己跑吗", self.ASKED))
        assert found == (self.ASKED,)

    def test_leave_what_a_letter_tells_before_a_connector_that_asks_nothing(self) -> None:
        found = matters(letter_of("社保卡也丢了", f"另外，还想问{self.ASKED}", self.LEAVE))
        assert [clause.text.endswith(self.ASKED) for clause in found] == [True, False]

    def test_leave_nothing_where_nothing_else_asks(self) -> None:
        assert matters(letter_of("这样折腾老人像话吗", "难道没人管吗")) == ()

    def test_a_rule_held_up_stays_with_what_asks_about_it(self) -> None:
        found = texts(letter_of("像话吗", "不是说六十岁就能领养老金吗", "怎么还没有", self.ASKED))
        assert found == ("不是说60岁就能领养老金吗,怎么还没有", self.ASKED)

    @pytest.mark.parametrize(
        "question",
        [
            "难道低保要多少材料都不说吗",
            "难道要去哪里办低保都没人知道吗",
            "低保难道怎么申请都行吗",
            "餐馆抽烟没人管吗",
            "夜间施工有没有人管",
            "餐馆收取餐具费合理吗",
            "是不是说六十岁就能领养老金",
            "低保能网上办吗",
        ],
    )
    def test_are_told_from_what_asks(self, question: str) -> None:
        assert any(
            clause.endswith(matching_form(question))
            for clause in texts(letter_of("像话吗", question, self.ASKED))
        )

    def test_count_in_a_short_question(self) -> None:
        form = matching_form(f"难道没有低保吗，{self.LEAVE}")
        assert texts(form) == ("难道没有低保吗", self.LEAVE)
