import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from pair_pages import PAIR, QUESTION, ask, publish, write
from visitor import UNIT, Browse, Browser

from qa_service.knowledge.models import QAPair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role


class TestWriting:
    def test_a_published_pair_is_said_to_be_searchable_and_is(
        self, editor: Browser, services: Services
    ) -> None:
        page = editor.get(publish(editor, services)).text
        assert "已可检索" in page
        assert QUESTION in ask(editor, "旧楼装电梯给补贴不")

    def test_a_draft_is_kept_but_not_found(self, editor: Browser) -> None:
        page = editor.get(write(editor)).text
        assert "草稿已保存" in page
        assert "已可检索" not in page
        assert "加装电梯的补助由所在街道受理" not in ask(editor, QUESTION)

    def test_shows_again_what_was_stored(self, editor: Browser) -> None:
        page = editor.get(write(editor)).text
        for typed in PAIR.values():
            assert typed in page

    def test_a_pair_for_later_is_not_called_searchable_yet(
        self, editor: Browser, services: Services
    ) -> None:
        later = (services.clock.now() + timedelta(days=30)).date().isoformat()
        page = editor.get(publish(editor, services, effective_from=later)).text
        assert f"{later} 生效后可检索" in page
        assert "已可检索" not in page

    def test_a_rewriting_is_not_told_and_can_be_given_up(
        self, editor: Browser, services: Services
    ) -> None:
        path = publish(editor, services)
        write(editor, on=path, answer="改掉的答复。")
        assert "改掉的答复" in editor.get(path).text
        assert "改掉的答复" not in ask(editor, QUESTION)
        discard = path.replace("/edit", "/discard")
        stale = editor.post(discard, seen="1")
        assert stale.status_code == 409
        assert "已保存第 2 版，请核对后再决定是否放弃" in stale.text
        assert "改掉的答复" in editor.get(path).text
        held = re.search(r'/discard">.+?name="seen" value="(\d+)"', editor.get(path).text)
        assert editor.post(discard, seen=held[1] if held else "").status_code == 303
        assert "改掉的答复" not in editor.get(path).text

    def test_of_two_who_change_the_same_version_the_second_is_told(
        self, editor: Browser, browse: Browse
    ) -> None:
        other = browse("bianji2", Role.EDITOR)
        path = write(editor)
        write(editor, on=path, answer="甲改的答复。", seen="1")
        answer = other.post(path, then="draft", seen="1", **{**PAIR, "answer": "乙改的答复。"})
        assert answer.status_code == 422
        assert "bianji 已保存第 2 版" in answer.text
        assert "乙改的答复。" in answer.text
        assert "甲改的答复。" in other.get(path).text

    def test_a_fault_in_the_form_of_the_second_does_not_hide_what_the_first_changed(
        self, editor: Browser, browse: Browse
    ) -> None:
        other = browse("bianji2", Role.EDITOR)
        path = write(editor)
        write(editor, on=path, answer="甲改的答复。", seen="1")
        typed = {**PAIR, "answer": "乙改的答复。"}
        faulty = typed | {"effective_from": "2026-13-45"}
        refused = other.post(path, then="draft", seen="1", **faulty)
        assert "已保存第 2 版" not in refused.text
        (seen,) = re.findall(r'name="seen" value="(\d+)"', refused.text)
        answer = other.post(path, then="draft", seen=seen, **typed)
        assert answer.status_code == 422
        assert "bianji 已保存第 2 版" in answer.text
        assert "甲改的答复。" in other.get(path).text

    def test_questions_to_ask_back_are_kept_in_their_order(self, editor: Browser) -> None:
        asks = {
            "clarifying_question": ["是否已验收？", "是否本区房屋？"],
            "clarifying_yes": ["现在申请", "找本区街道"],
            "clarifying_no": ["验收后再来", "找所在区"],
        }
        page = editor.get(write(editor, **asks)).text  # type: ignore[arg-type]
        assert page.index("是否已验收？") < page.index("是否本区房屋？") < page.index("找所在区")

    def test_a_hostile_answer_is_shown_and_not_run(
        self, editor: Browser, services: Services
    ) -> None:
        publish(editor, services, answer="<script>alert(1)</script>答复")
        page = ask(editor, QUESTION)
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestRefusedInput:
    @pytest.mark.parametrize(
        ("field", "typed", "told"),
        [
            ("area", "", "请选择领域"),
            ("unit", "", "请选择承办单位"),
            ("question", "", "不能为空"),
            ("question", "社保卡丢了怎么补办？", "已有这个标准问题的问答“社保卡丢了怎么补办？”"),
            ("answer", " ", "不能为空"),
            ("phone_script", "长" * 81, "超过 80 个字"),
            ("effective_from", "明天", "请按 2026-01-31 的格式填写日期"),
            ("expires_on", "2020-01-01", "失效日期早于生效日期"),
            ("basis_document", "没有的文件", "政策库中没有“没有的文件”"),
            ("basis_document", "", "请选择政策文件"),
        ],
    )
    def test_the_problem_is_told_and_nothing_typed_is_lost(
        self, editor: Browser, field: str, typed: str, told: str
    ) -> None:
        answer = editor.post("/pairs/new", then="draft", **{**PAIR, field: typed})
        assert answer.status_code == 422
        assert told in answer.text
        for name, value in PAIR.items():
            assert name == field or value in answer.text
        assert typed.strip() in answer.text

    def test_every_problem_is_told_at_once(self, editor: Browser) -> None:
        answer = editor.post("/pairs/new", then="draft")
        for told in ("请选择领域", "请选择承办单位", "不能为空", "填写日期"):
            assert told in answer.text

    def test_what_the_pre_checks_find_is_told_and_what_was_typed_is_saved(
        self, editor: Browser
    ) -> None:
        groundless = {**PAIR, "basis_document": "", "basis_article": ""}
        answer = editor.post("/pairs/new", then="submit", **groundless)
        assert answer.status_code == 422
        assert "已保存，没有送审" in answer.text
        assert "没有政策依据" in answer.text
        assert QUESTION in editor.get("/pairs?status=draft").text

    @pytest.mark.parametrize(
        "path", ["/pairs/99999/edit", "/pairs/0/edit", "/pairs/" + "9" * 30 + "/edit"]
    )
    def test_an_unknown_pair_is_a_page_and_no_failure(self, editor: Browser, path: str) -> None:
        assert editor.get(path).status_code in {404, 422}


class TestWithdrawing:
    def withdraw(self, browser: Browser, path: str, reason: str) -> int:
        return browser.post(path.replace("/edit", "/withdraw"), reason=reason).status_code

    def test_takes_the_pair_out_of_the_search_and_keeps_the_reason(
        self, admin: Browser, services: Services
    ) -> None:
        path = publish(admin, services)
        assert self.withdraw(admin, path, "政策调整") == 303
        assert "原因：政策调整" in admin.get(path).text
        assert "加装电梯的补助由所在街道受理" not in ask(admin, QUESTION)

    @pytest.mark.parametrize("reason", ["", "  ", "因" * 501])
    def test_needs_a_reason(self, admin: Browser, services: Services, reason: str) -> None:
        path = publish(admin, services)
        assert self.withdraw(admin, path, reason) == 422
        assert "已可检索" in admin.get(path).text

    def test_is_for_administrators(self, editor: Browser) -> None:
        assert self.withdraw(editor, "/pairs/1/edit", "试试") == 403


class TestPairList:
    def test_filters_by_field_and_status(self, editor: Browser) -> None:
        write(editor)
        page = editor.get("/pairs?field=社会救助&status=draft").text
        assert QUESTION in page
        assert "低保怎么申请？" not in page

    @pytest.mark.parametrize("words", ["加装电梯 街道", "有没有钱补", "加裝電梯 街道"])
    def test_finds_a_pair_by_its_words(self, editor: Browser, words: str) -> None:
        write(editor)
        page = editor.get(f"/pairs?q={quote(words)}").text
        assert QUESTION in page
        assert f'value="{words}"' in page
        assert "低保怎么申请？" not in page

    def test_filters_by_unit(self, editor: Browser) -> None:
        write(editor)
        assert QUESTION in editor.get(f"/pairs?unit={PAIR['unit']}").text
        assert QUESTION not in editor.get("/pairs?unit=human-resources").text

    def test_shows_the_key_that_files_have_for_a_number(
        self, editor: Browser, services: Services
    ) -> None:
        assert 'title="编号 test-card"' in editor.get("/pairs").text
        path = publish(editor, services)
        with session_scope(services.database, read_only=True) as session:
            key = session.get_one(QAPair, int(path.split("/")[2])).key
        for page in (path, path.replace("edit", "versions"), path.replace("edit", "media")):
            crumb = editor.get(page).text.split('class="crumb">')[1].split("</p>")[0]
            assert key in crumb

    def test_finds_what_is_to_be_completed_and_counts_it(self, editor: Browser) -> None:
        write(editor, phone_script="每户【本地：几，元】，向街道申请。")
        write(editor, question="外墙怎么装？", basis_verified="no")
        page = editor.get("/pairs").text
        assert "待补本地内容（1）" in page
        assert "依据待核（1）" in page
        found = editor.get("/pairs?lacks=blanks").text
        assert QUESTION in found
        assert "几，元" in found
        assert "外墙怎么装？" not in found
        assert "外墙怎么装？" in editor.get("/pairs?lacks=unread").text

    def test_keeps_its_filters_from_page_to_page(self, editor: Browser) -> None:
        page = editor.get("/pairs?status=published&q=怎么&after=1").text
        assert f"q={quote('怎么')}&amp;area=&amp;status=published" in page

    def test_goes_on_after_the_last_shown(self, editor: Browser) -> None:
        page = editor.get("/pairs?after=1").text
        assert "社保卡丢了怎么补办？" not in page
        assert "回到第一页" in page


class TestLearntWordings:
    WORDING = "楼里装个电梯政府出钱不"

    def chosen(self, admin: Browser, services: Services) -> str:
        """The page of a pair that was told for another wording."""
        page = publish(admin, services)
        asked = admin.post("/consultations", htmx=True, question=self.WORDING)
        path = asked.headers["HX-Push-Url"]
        admin.post(f"{path}/choice", htmx=True, qa_id=page.split("/")[2])
        return page

    def test_what_an_operator_chose_is_offered_and_accepted_with_one_button(
        self, admin: Browser, browse: Browse, services: Services
    ) -> None:
        page = self.chosen(admin, services)
        editor = browse("lingyi", Role.EDITOR)
        assert self.WORDING in editor.get(page).text
        accept = re.search(r"/pairs/suggestions/\d+", editor.get(page).text)
        assert accept is not None
        editor.post(accept[0], then="accept")
        shown = editor.get(page).text
        assert "候选相似问" not in shown
        assert self.WORDING in shown

    def test_what_the_drafter_took_waits_for_a_reviewers_yes(
        self, admin: Browser, browse: Browse, services: Services
    ) -> None:
        page = self.chosen(admin, services)
        admin.post("/pairs/suggestions/1", then="accept")
        assert "待另一人复核" in admin.get(page).text
        assert "采纳</button>" not in admin.get(page).text
        assert admin.post("/pairs/suggestions/1", then="accept").status_code == 403
        reviewer = browse("shenhe", Role.REVIEWER)
        assert self.WORDING in reviewer.get("/reviews").text
        assert reviewer.post("/reviews/variants/1", then="accept").status_code == 303
        assert self.WORDING not in reviewer.get("/reviews").text
        assert "候选相似问" not in admin.get(page).text

    def test_an_operator_sees_but_cannot_settle_them(
        self, admin: Browser, operator: Browser, services: Services
    ) -> None:
        page = self.chosen(admin, services)
        shown = operator.get(page).text
        assert self.WORDING in shown
        assert "采纳</button>" not in shown
        assert operator.post("/pairs/suggestions/1", then="accept").status_code == 403


class TestFaults:
    def test_of_every_kind_are_told_at_once_and_nothing_typed_is_lost(
        self, editor: Browser, services: Services
    ) -> None:
        publish(editor, services)
        typed = {
            **PAIR,
            "effective_from": "明年",
            "phone_script": "口" * 81,
            "answer": "标准为【本地：元，每月】，属内部资料。",
            "basis_document": "没有的办法",
            "keywords": "样例词甲",
        }
        refused = editor.post("/pairs/new", then="submit", **typed)
        assert refused.status_code == 422
        for fault in (
            "请按 2026-01-31 的格式填写日期",
            "超过 80 个字",
            "本地内容尚未填写：元，每月",
            "含有涉密标志",
            "政策库中没有“没有的办法”",
            "已有这个标准问题的问答",
        ):
            assert fault in refused.text
        for text in typed.values():
            assert text.split("\n")[0] in refused.text

    def test_a_draft_is_not_held_to_what_is_checked_on_submission(self, editor: Browser) -> None:
        unread = {**PAIR, "effective_from": "明年", "answer": "标准为【本地：元】。"}
        assert "本地内容尚未填写" not in editor.post("/pairs/new", then="draft", **unread).text

    def test_a_unit_is_offered_no_other_unit(self, browse: Browse) -> None:
        page = browse("danwei", Role.UNIT).get("/pairs/new").text
        choice = page[page.index('<select id="unit"') :]
        offered = re.findall(r'value="([^"]+)"', choice[: choice.index("</select>")])
        assert offered == [UNIT]
