import re

from form_values import FormValues
from pair_pages import QUESTION, ask, publish
from policy_pages import address, decide_end, propose
from visitor import UNIT, Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

POLICY = {
    "title": "高龄津贴办法",
    "document_number": "区政办发〔2026〕3号",
    "issuer": "区政府办公室",
    "validity": "有效",
    "effective_from": "2026-07-01",
    "is_public": "yes",
    "text": "第一条 年满八十周岁的老人发给高龄津贴。",
}
UNSHOWN = {**POLICY, "is_public": ""}
RELIEF = "社会救助暂行办法"


def offered_units(page: str) -> list[str]:
    choice = page[page.index('<select id="unit"') :]
    return re.findall(r'value="([^"]+)"', choice[: choice.index("</select>")])


class TestLibrary:
    def test_a_new_document_is_found_by_its_text(self, editor: Browser) -> None:
        saved = editor.post("/policies/new", **POLICY)
        assert saved.status_code == 303
        assert "高龄津贴办法" in editor.get("/policies?q=八十周岁").text
        assert "高龄津贴办法" in editor.get("/policies?q=發給高齡津貼").text
        assert "年满八十周岁" in editor.get(saved.headers["location"]).text

    def test_what_is_refused_comes_back_as_typed(self, editor: Browser) -> None:
        answer = editor.post(
            "/policies/new", **{**POLICY, "issuer": "", "link": "javascript:alert(1)"}
        )
        assert answer.status_code == 422
        assert "制定机关不能为空" in answer.text
        assert "链接应以 http" in answer.text
        assert POLICY["text"] in answer.text

    def test_a_known_document_is_not_stored_twice(self, editor: Browser) -> None:
        editor.post("/policies/new", **POLICY)
        answer = editor.post("/policies/new", **POLICY)
        assert (answer.status_code, "已有" in answer.text) == (422, True)

    def test_operators_read_and_do_not_change(self, operator: Browser) -> None:
        assert operator.post("/policies/new", **POLICY).status_code == 403
        assert "录入文件" not in operator.get("/policies").text

    def test_a_hostile_text_is_shown_and_not_run(self, editor: Browser) -> None:
        hostile = {**POLICY, "text": "<script>alert(1)</script>八十"}
        path = editor.post("/policies/new", **hostile).headers["location"]
        for page in (editor.get(path).text, editor.get("/policies?q=八十").text):
            assert "<script>alert" not in page


class TestEditing:
    LINK = "https://example.org/1"

    def form(self, browser: Browser, path: str) -> dict[str, object]:
        return dict(FormValues(browser.get(f"{path}/edit").text, "title").values)

    def test_a_form_filled_in_over_an_older_state_is_refused_and_kept_as_typed(
        self, editor: Browser, browse: Browse
    ) -> None:
        path = editor.post("/policies/new", **UNSHOWN).headers["location"]
        other, older = browse("bianji2", Role.EDITOR), self.form(editor, path)
        newer = self.form(other, path) | {"link": self.LINK, "text": "第一条 年满七十周岁。"}
        assert other.post(f"{path}/edit", **newer).status_code == 303
        stale = editor.post(f"{path}/edit", **older | {"title": "高龄津贴新办法"})
        assert stale.status_code == 422
        assert "不同的有：标题、链接、全文；" in stale.text
        assert 'value="高龄津贴新办法"' in stale.text
        page = editor.get(path).text
        assert f"<h1>{POLICY['title']}</h1>" in page
        assert (self.LINK in page, "年满七十周岁" in page) == (True, True)
        again = dict(FormValues(stale.text, "title").values)
        assert editor.post(f"{path}/edit", **again).status_code == 303
        assert "<h1>高龄津贴新办法</h1>" in editor.get(path).text

    def test_another_fault_does_not_make_an_older_form_a_new_one(
        self, editor: Browser, browse: Browse
    ) -> None:
        path = editor.post("/policies/new", **UNSHOWN).headers["location"]
        other, older = browse("bianji2", Role.EDITOR), self.form(editor, path)
        newer = self.form(other, path) | {"link": self.LINK}
        assert other.post(f"{path}/edit", **newer).status_code == 303
        faulty = editor.post(f"{path}/edit", **older | {"replaced_by": "没有的文件"})
        assert "政策库中没有“没有的文件”" in faulty.text
        mended = dict(FormValues(faulty.text, "title").values) | {"replaced_by": ""}
        assert editor.post(f"{path}/edit", **mended).status_code == 422
        assert self.LINK in editor.get(path).text

    def test_a_change_of_the_full_text_alone_makes_an_older_form_stale(
        self, editor: Browser, browse: Browse
    ) -> None:
        path = editor.post("/policies/new", **UNSHOWN).headers["location"]
        other, older = browse("bianji2", Role.EDITOR), self.form(editor, path)
        newer = self.form(other, path) | {"text": "第一条 年满七十周岁。"}
        assert other.post(f"{path}/edit", **newer).status_code == 303
        assert editor.post(f"{path}/edit", **older).status_code == 422
        assert "年满七十周岁" in editor.get(path).text


class TestEnding:
    def test_a_document_takes_its_answers_out_of_the_search_at_once(
        self, editor: Browser, operator: Browser, browse: Browse, services: Services
    ) -> None:
        publish(editor, services)
        assert "加装电梯的补助由所在街道受理" in ask(operator, QUESTION)
        path = address(editor, RELIEF)
        preview = editor.get(f"{path}/ending").text
        assert QUESTION in preview
        assert propose(editor, path).status_code == 303
        assert "加装电梯的补助由所在街道受理" not in ask(operator, QUESTION)
        upkeep = editor.get("/upkeep").text
        assert "待确认的失效或废止（1）" in upkeep
        effect = editor.get(f"{path}/ending").text
        assert re.search(r"已中止告知的问答 <strong>[1-9]\d*</strong> 条", effect)
        assert "已发布的问答 <strong>0</strong>" not in effect
        told = ask(operator, QUESTION)
        assert "拟废止或失效，待确认，暂停告知" in told
        assert "已废止或失效" not in told
        supervisor = browse("ducha", Role.SUPERVISOR)
        assert decide_end(supervisor, path, "confirm").status_code == 303


class TestUpkeep:
    def test_a_document_is_confirmed(self, editor: Browser) -> None:
        path = address(editor, RELIEF)
        assert editor.post(f"/upkeep{path}").status_code == 303
        assert "最近确认" in editor.get(path).text

    def test_is_for_owners(self, editor: Browser, operator: Browser, services: Services) -> None:
        path = publish(editor, services)
        assert operator.post(f"/upkeep/pairs/{path.split('/')[2]}").status_code == 403


class TestCited:
    NEW = "社会救助新办法"

    def propose(self, browser: Browser, path: str) -> None:
        page = browser.get(f"{path}/edit").text
        typed = {"title": self.NEW, "correction_reason": "标题有误"}
        saved = browser.post(f"{path}/edit", **{**FormValues(page, "title").values, **typed})
        assert saved.status_code == 303

    def shown(self, browser: Browser, path: str) -> str:
        found = re.search(r'name="correction" value="(\d+)"', browser.get(path).text)
        return found[1] if found else "1"

    def confirm(self, browser: Browser, path: str) -> int:
        number = self.shown(browser, path)
        return browser.post(f"{path}/correction/confirm", correction=number).status_code

    def test_what_answers_cite_is_corrected_by_two_people(
        self, editor: Browser, browse: Browse, services: Services
    ) -> None:
        publish(editor, services)
        path = address(editor, RELIEF)
        reviewer, second = browse("shenhe", Role.REVIEWER), browse("ducha", Role.SUPERVISOR)
        assert f"{path}/edit" in reviewer.get(path).text
        assert 'name="link"' not in reviewer.get(f"{path}/edit").text
        self.propose(reviewer, path)
        page = reviewer.get(path).text
        assert "标题有误" in page
        assert f"<h1>{RELIEF}</h1>" in page
        assert "不能确认自己提出的更正" in page
        assert self.confirm(reviewer, path) == 403
        assert self.confirm(editor, path) == 403
        assert "待确认更正的文件" in second.get("/todo").text
        assert self.confirm(second, path) == 303
        assert f"<h1>{self.NEW}</h1>" in editor.get(path).text
        assert self.confirm(second, path) == 409

    def test_a_proposed_correction_is_refused_or_taken_back(
        self, editor: Browser, browse: Browse, services: Services
    ) -> None:
        publish(editor, services)
        path, second = address(editor, RELIEF), browse("ducha", Role.SUPERVISOR)
        self.propose(editor, path)
        again = editor.post(
            f"{path}/edit",
            **FormValues(editor.get(f"{path}/edit").text, "title").values | {"title": "又一办法"},
        )
        assert again.status_code == 422
        assert "已有一份更正待确认" in again.text
        assert "又一办法" in again.text  # as typed
        refused = f"{path}/correction/refuse"
        assert editor.post(refused, reason="原文无误").status_code == 403
        first = self.shown(second, path)
        assert second.post(refused, correction=first).status_code == 422
        assert second.post(refused, correction=first, reason="原文无误").status_code == 303
        self.propose(editor, path)
        unseen = second.post(refused, correction=first, reason="原文无误")
        assert (unseen.status_code, "已另行提出更正" in unseen.text) == (409, True)
        assert editor.post(f"{path}/correction/take-back", reason="填错").status_code == 303
        page = editor.get(path).text
        assert "待确认的更正" not in page
        assert f"<h1>{RELIEF}</h1>" in page

    def test_a_reviewer_changes_no_document_that_nothing_cites(
        self, editor: Browser, browse: Browse
    ) -> None:
        path = editor.post("/policies/new", **POLICY).headers["location"]
        reviewer = browse("shenhe", Role.REVIEWER)
        assert f"{path}/edit" not in reviewer.get(path).text
        assert reviewer.get(f"{path}/edit").status_code == 403
        assert reviewer.post(f"{path}/edit", **POLICY).status_code == 403


CLOSED = {"public_kind": "不公开", "public_reason": "内部", "is_public": ""}


class TestClosing:
    def close(self, editor: Browser, path: str, **typed: str) -> tuple[int, str]:
        page = editor.get(f"{path}/edit").text
        values = {**FormValues(page, "title").values, **CLOSED, **typed}
        answer = editor.post(f"{path}/edit", **values)
        return answer.status_code, answer.text

    def test_tells_what_falls_suspends_it_and_is_confirmed_by_another(
        self, editor: Browser, operator: Browser, browse: Browse, services: Services
    ) -> None:
        publish(editor, services)
        path, second = address(editor, RELIEF), browse("ducha", Role.SUPERVISOR)
        form = editor.get(f"{path}/edit").text
        assert re.search(r"<strong>[1-9]\d*</strong> 条已发布问答中止告知", form)
        status, refused = self.close(editor, path, losing="999999")
        assert (status, "已发布问答有变化" in refused) == (422, True)
        assert 'value="内部"' in refused
        assert self.close(editor, path)[0] == 303
        assert "拟不再公开，待确认，暂停告知" in ask(operator, QUESTION)
        page = second.get(path).text
        assert "问答已中止告知，确认后撤回" in page
        assert "<del>主动公开</del> → <ins>不公开</ins>" in page
        assert "拟更正公开属性、是否公开" in second.get("/todo").text
        seen = re.search(r'name="correction" value="(\d+)"', page)
        assert seen is not None
        done = second.post(f"{path}/correction/confirm", correction=seen[1])
        assert done.status_code == 303
        assert "未向社会公开" in editor.get(path).text
        assert "所依据的文件不再公开" in ask(operator, QUESTION)


class TestUnitsOffered:
    def test_a_unit_files_for_itself_alone(self, editor: Browser, browse: Browse) -> None:
        unit = browse("danwei", Role.UNIT)
        assert offered_units(unit.get("/policies/new").text) == [UNIT]
        assert len(offered_units(editor.get("/policies/new").text)) > 2

    def test_what_was_typed_stays_if_another_unit_is_named(self, browse: Browse) -> None:
        unit = browse("danwei", Role.UNIT)
        refused = unit.post("/policies/new", **{**POLICY, "unit": "civil-affairs"})
        assert refused.status_code in (403, 422)
        assert POLICY["text"] in refused.text
        assert "只能录入本单位的政策文件" in refused.text
