import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select
from visitor import Browser

from qa_service.knowledge.models import PairStatus, QAPair
from qa_service.parts import Parts

QUESTION = "老房子加装电梯能领补助吗？"
PAIR = {
    "field": "社会救助",
    "unit": "civil-affairs",
    "question": QUESTION,
    "variants": "加电梯有没有钱补\n旧楼装电梯给补贴不",
    "answer": "加装电梯的补助由所在街道受理，验收后申请。",
    "phone_script": "验收后向街道申请加装电梯补助。",
    "effective_from": "2026-01-01",
    "keywords": "加装电梯、补助",
    "basis_document": "社会救助暂行办法（国务院令第649号）〔修改〕",
    "basis_article": "第九条",
}


def write(browser: Browser, *, then: str = "draft", on: str = "/pairs/new", **changes: str) -> str:
    """The address of the saved pair."""
    answer = browser.post(on, then=then, **{**PAIR, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def ask(browser: Browser, question: str) -> str:
    return browser.post("/consultations", htmx=True, question=question).text


class TestWriting:
    def test_a_published_pair_is_said_to_be_searchable_and_is(self, admin: Browser) -> None:
        page = admin.get(write(admin, then="publish")).text
        assert "已可检索" in page
        assert QUESTION in ask(admin, "旧楼装电梯给补贴不")

    def test_a_draft_is_kept_but_not_found(self, operator: Browser) -> None:
        page = operator.get(write(operator)).text
        assert "草稿已保存" in page
        assert "已可检索" not in page
        assert "加装电梯的补助由所在街道受理" not in ask(operator, QUESTION)

    def test_shows_again_what_was_stored(self, operator: Browser) -> None:
        page = operator.get(write(operator)).text
        for typed in PAIR.values():
            assert typed in page

    def test_a_pair_for_later_is_not_called_searchable_yet(
        self, admin: Browser, parts: Parts
    ) -> None:
        later = (parts.clock.now() + timedelta(days=30)).date().isoformat()
        page = admin.get(write(admin, then="publish", effective_from=later)).text
        assert f"{later} 生效后可检索" in page
        assert "已可检索" not in page

    def test_only_an_administrator_publishes(self, operator: Browser, parts: Parts) -> None:
        assert operator.post("/pairs/new", then="publish", **PAIR).status_code == 403
        with Session(parts.database) as session:
            written = select(QAPair).where(QAPair.status == PairStatus.DRAFT)
            assert session.exec(written).first() is None

    def test_only_an_administrator_changes_what_is_published(
        self, admin: Browser, operator: Browser
    ) -> None:
        path = write(admin, then="publish")
        changed = {**PAIR, "answer": "改掉的答复"}
        assert operator.post(path, then="draft", **changed).status_code == 403
        assert "改掉的答复" not in admin.get(path).text

    def test_a_hostile_answer_is_shown_and_not_run(self, admin: Browser) -> None:
        write(admin, then="publish", answer="<script>alert(1)</script>答复")
        page = ask(admin, QUESTION)
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestRefusedInput:
    @pytest.mark.parametrize(
        ("field", "typed", "told"),
        [
            ("field", "", "请选择领域"),
            ("unit", "", "请选择承办单位"),
            ("question", "", "不能为空"),
            ("question", "社保卡丢了怎么补办？", "标准问题与编号 1 的问答相同"),
            ("answer", " ", "不能为空"),
            ("phone_script", "长" * 81, "超过 80 个字"),
            ("effective_from", "明天", "请按 2026-01-31 的格式填写日期"),
            ("expires_on", "2020-01-01", "失效日期早于生效日期"),
            ("basis_document", "没有的文件", "政策库中没有“没有的文件”"),
            ("basis_document", "", "请选择政策文件"),
        ],
    )
    def test_the_problem_is_told_and_nothing_typed_is_lost(
        self, operator: Browser, field: str, typed: str, told: str
    ) -> None:
        answer = operator.post("/pairs/new", then="draft", **{**PAIR, field: typed})
        assert answer.status_code == 422
        assert told in answer.text
        for name, value in PAIR.items():
            assert name == field or value in answer.text
        assert typed.strip() in answer.text

    def test_every_problem_is_told_at_once(self, operator: Browser) -> None:
        answer = operator.post("/pairs/new", then="draft")
        for told in ("请选择领域", "请选择承办单位", "不能为空", "填写日期"):
            assert told in answer.text

    def test_a_pair_without_ground_is_not_published_and_leaves_nothing_behind(
        self, admin: Browser, parts: Parts
    ) -> None:
        groundless = {**PAIR, "basis_document": "", "basis_article": ""}
        answer = admin.post("/pairs/new", then="publish", **groundless)
        assert answer.status_code == 422
        assert "没有政策依据" in answer.text
        with Session(parts.database) as session:
            assert (
                session.exec(select(QAPair).where(QAPair.status == PairStatus.DRAFT)).first()
                is None
            )

    def test_a_refused_change_leaves_the_pair_as_it_was(self, admin: Browser) -> None:
        path = write(admin, then="publish")
        groundless = {**PAIR, "answer": "新的答复", "basis_document": "", "basis_article": ""}
        answer = admin.post(path, then="publish", **groundless)
        assert answer.status_code == 422
        assert "新的答复" in answer.text
        assert "新的答复" not in admin.get(path).text

    @pytest.mark.parametrize(
        "path", ["/pairs/99999/edit", "/pairs/0/edit", "/pairs/" + "9" * 30 + "/edit"]
    )
    def test_an_unknown_pair_is_a_page_and_no_failure(self, operator: Browser, path: str) -> None:
        assert operator.get(path).status_code in {404, 422}


class TestWithdrawing:
    def withdraw(self, browser: Browser, path: str, reason: str) -> int:
        return browser.post(path.replace("/edit", "/withdraw"), reason=reason).status_code

    def test_takes_the_pair_out_of_the_search_and_keeps_the_reason(self, admin: Browser) -> None:
        path = write(admin, then="publish")
        assert self.withdraw(admin, path, "政策调整") == 303
        assert "原因：政策调整" in admin.get(path).text
        assert "加装电梯的补助由所在街道受理" not in ask(admin, QUESTION)

    @pytest.mark.parametrize("reason", ["", "  ", "因" * 501])
    def test_needs_a_reason(self, admin: Browser, reason: str) -> None:
        path = write(admin, then="publish")
        assert self.withdraw(admin, path, reason) == 422
        assert "已可检索" in admin.get(path).text

    def test_is_for_administrators(self, operator: Browser) -> None:
        assert self.withdraw(operator, "/pairs/1/edit", "试试") == 403


class TestPairList:
    def test_filters_by_field_and_status(self, operator: Browser) -> None:
        write(operator)
        page = operator.get("/pairs?field=社会救助&status=draft").text
        assert QUESTION in page
        assert "低保怎么申请？" not in page

    def test_goes_on_after_the_last_shown(self, operator: Browser) -> None:
        page = operator.get("/pairs?after=1").text
        assert "社保卡丢了怎么补办？" not in page
        assert "回到第一页" in page


class TestLearntWordings:
    WORDING = "楼里装个电梯政府出钱不"

    def chosen(self, admin: Browser) -> str:
        """The page of a pair that was told for another wording."""
        page = write(admin, then="publish")
        asked = admin.post("/consultations", htmx=True, question=self.WORDING)
        path = asked.headers["HX-Push-Url"]
        admin.post(f"{path}/choice", htmx=True, qa_id=page.split("/")[2])
        return page

    def test_what_an_operator_chose_is_offered_and_accepted_with_one_button(
        self, admin: Browser
    ) -> None:
        page = self.chosen(admin)
        assert self.WORDING in admin.get(page).text
        accept = re.search(r"/pairs/suggestions/\d+", admin.get(page).text)
        assert accept is not None
        admin.post(accept[0], then="accept")
        shown = admin.get(page).text
        assert "候选相似问" not in shown
        assert self.WORDING in shown

    def test_an_operator_sees_but_cannot_settle_them(
        self, admin: Browser, operator: Browser
    ) -> None:
        page = self.chosen(admin)
        shown = operator.get(page).text
        assert self.WORDING in shown
        assert "采纳</button>" not in shown
        assert operator.post("/pairs/suggestions/1", then="accept").status_code == 403
