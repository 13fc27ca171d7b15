"""Work on the bank on the page 我的待办: each kind stands there for one who can do it."""

import re
from datetime import date, timedelta

import pytest
from pair_pages import PAIR, QUESTION, publish, write
from policy_pages import address, decide_end, propose
from visitor import Browse, Browser

from qa_service.accounts.actor import CLOCKWORK
from qa_service.clock import FixedClock
from qa_service.jobs.bank.policy_notices import tell_units
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.gates import MEDIA_GATES, statements_of
from qa_service.knowledge.models import QAPair
from qa_service.reporting.pending.items import PendingKind
from qa_service.reporting.pending.work import next_pending
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.web.kit.pending import watch_of

HASH = re.compile(r'name="seen_hash" value="([0-9a-f]{64})"')
RELIEF = "社会救助暂行办法"
REASON = "该事项由区里日常办理，不涉及政策文件，可以直接对外解释"


@pytest.fixture
def reviewer(browse: Browse) -> Browser:
    return browse("shenhe", Role.REVIEWER)


@pytest.fixture
def clerk(browse: Browse) -> Browser:
    return browse("danwei", Role.UNIT, unit="civil-affairs")


def heading(browser: Browser, label: str) -> str:
    """The number of things in the list with this heading; empty without the list."""
    found = re.search(rf"<h2[^>]*>{label}（(\d+)）</h2>", browser.get("/todo").text)
    return found[1] if found else ""


def submit(editor: Browser, **changes: str) -> str:
    """The review page of a pair handed in."""
    form = {**PAIR, **changes}
    saved = editor.post("/pairs/new", then="submit", despite_advice="yes", **form)
    assert saved.status_code == 303, saved.text
    path: str = saved.headers["location"]
    return path


def sign(reviewer: Browser, path: str, stage: str, **fields: object) -> int:
    page = reviewer.get(path).text
    found = HASH.search(page)
    asked = re.findall(r'name="statements" value="([a-z_]+)"', page)
    given = {"examined": "yes", "proofread": "yes", "statements": asked, "then": "pass"}
    stated: dict[str, object] = {**given, **fields}
    seen = found[1] if found else ""
    return reviewer.post(path, stage=stage, seen_hash=seen, **stated).status_code


@pytest.mark.parametrize("kind", list(PendingKind))
def test_every_kind_is_looked_for(services: Services, kind: PendingKind) -> None:
    watch = watch_of(services, services.clock.now())
    with session_scope(services.database, read_only=True) as session:
        assert next_pending(session, CLOCKWORK, watch, kind, besides="") is None


class TestSigning:
    def test_waits_for_one_who_can_sign_the_stage(
        self, editor: Browser, reviewer: Browser, browse: Browse
    ) -> None:
        second, officer = browse("shen2", Role.REVIEWER), browse("baomi", Role.CONFIDENTIALITY)
        path = submit(editor)
        waiting = "待我签署的问答"
        assert [heading(one, waiting) for one in (reviewer, officer, editor)] == ["1", "1", ""]
        page = reviewer.get("/todo").text
        assert f'href="{path}"' in page
        assert "初审" in page
        assert sign(reviewer, path, "first") == 303
        assert [heading(one, waiting) for one in (reviewer, second)] == ["", "1"]
        assert "复审" in second.get("/todo").text

    def test_that_ended_in_a_return_waits_for_the_author(
        self, editor: Browser, reviewer: Browser, browse: Browse
    ) -> None:
        path = submit(editor)
        assert sign(reviewer, path, "first", then="return", reason="口播太长") == 303
        assert heading(reviewer, "待我签署的问答") == ""
        assert heading(editor, "退回我修改的问答") == "1"
        assert "口播太长" in editor.get("/todo").text
        assert heading(browse("lingyi", Role.EDITOR), "退回我修改的问答") == ""
        edit = path.replace("/review", "/edit")
        write(editor, on=edit, phone_script="向街道申请。")
        editor.post(
            edit, **{**PAIR, "phone_script": "向街道申请。"}, then="submit", despite_advice="yes"
        )
        assert heading(editor, "退回我修改的问答") == ""

    def test_without_a_public_basis_waits_for_a_second_persons_reason(
        self, editor: Browser, reviewer: Browser, browse: Browse
    ) -> None:
        supervisor = browse("ducha", Role.SUPERVISOR)
        basis = {"basis_document": "", "basis_article": "", "no_basis_reason": "属日常办理事项"}
        path = submit(editor, **basis)
        waiting = "无公开依据、待说明理由的问答"
        assert [heading(one, waiting) for one in (supervisor, editor)] == ["1", ""]
        found = HASH.search(supervisor.get(path).text)
        assert found is not None
        ground = path.replace("/review", "/ground")
        stated = supervisor.post(ground, ground=REASON, seen_hash=found[1])
        assert stated.status_code == 303, stated.text
        assert [heading(one, waiting) for one in (supervisor, reviewer)] == ["", ""]


class TestWording:
    def test_waits_for_a_second_person(
        self, editor: Browser, reviewer: Browser, services: Services
    ) -> None:
        page = publish(editor, services)
        asked = editor.post("/consultations", htmx=True, question="旧楼装电梯有没有补贴")
        told = f"{asked.headers['HX-Push-Url']}/choice"
        editor.post(told, htmx=True, qa_id=page.split("/")[2])
        editor.post("/pairs/suggestions/1", then="accept")
        assert [heading(one, "待复核的相似问") for one in (reviewer, editor)] == ["1", ""]
        assert reviewer.post("/reviews/variants/1", then="accept").status_code == 303
        assert heading(reviewer, "待复核的相似问") == ""


class TestMedia:
    def test_wait_for_a_reviewer_other_than_the_uploader(
        self, browse: Browse, reviewer: Browser, services: Services
    ) -> None:
        both = browse("liangyong", Role.EDITOR, Role.REVIEWER)
        pair = publish(both, services).split("/")[2]
        data = {"csrf_token": both.token(), "pair_id": pair, "kind": "infographic", "title": "一图"}
        picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(200))
        both.client.post("/media", data=data, files={"file": ("a.png", picture, "image/png")})
        waiting = "待审核的图解和视频"
        assert [heading(one, waiting) for one in (reviewer, both)] == ["1", ""]
        assert f'href="/pairs/{pair}/media"' in reviewer.get("/todo").text
        affirmed = [one.value for one in statements_of(MEDIA_GATES)]
        approved = reviewer.post("/media/1", then="approve", statements=affirmed)
        assert approved.status_code == 303
        assert heading(reviewer, waiting) == ""


class TestDocuments:
    def test_an_end_waits_for_a_second_person_and_then_its_answers_for_rework(
        self, editor: Browser, clerk: Browser, browse: Browse, services: Services
    ) -> None:
        supervisor = browse("ducha", Role.SUPERVISOR)
        publish(editor, services)
        path = address(editor, RELIEF)
        assert propose(editor, path).status_code == 303
        waiting = "待确认失效、废止的文件"
        assert [heading(one, waiting) for one in (supervisor, editor)] == ["1", ""]
        assert f'href="{path}/ending"' in supervisor.get("/todo").text
        assert heading(clerk, "待返工的答复") == ""
        assert decide_end(supervisor, path, "confirm").status_code == 303
        assert heading(supervisor, waiting) == ""
        assert int(heading(clerk, "待返工的答复")) >= 1
        page = clerk.get("/todo").text
        assert QUESTION in page
        limit = page.split(QUESTION)[1].split("</tr>")[0]
        assert re.search(r"2026-12-\d\d", limit), limit

    def test_an_end_ahead_is_told_to_the_unit_until_it_was_seen(
        self,
        editor: Browser,
        clerk: Browser,
        browse: Browse,
        services: Services,
        clock: FixedClock,
    ) -> None:
        supervisor = browse("ducha", Role.SUPERVISOR)
        publish(editor, services)
        path = address(editor, RELIEF)
        assert propose(editor, path, invalid_since="2027-03-01").status_code == 303
        assert decide_end(supervisor, path, "confirm").status_code == 303
        before = int(heading(clerk, "政策文件提醒") or 0)
        left = date(2027, 3, 1) - clock.now().date() - timedelta(days=29)
        clock.instant += left
        clerk.sign_in("danwei")
        assert tell_units(JobContext.of(services)) >= 1
        assert int(heading(clerk, "政策文件提醒")) == before + 1
        assert "2027-03-01 失效" in clerk.get("/todo").text
        for notice in re.findall(r"/queue/policy-notices/\d+", clerk.get("/queue").text):
            assert clerk.post(notice).status_code == 303
        assert heading(clerk, "政策文件提醒") == ""


class TestOwnPairs:
    def test_a_draft_made_of_a_reply_waits_for_the_unit_to_submit_it(
        self, editor: Browser, clerk: Browser, services: Services
    ) -> None:
        waiting = "台账答复形成、待送审的问答"
        pair_id = int(write(editor).split("/")[2])
        assert heading(clerk, waiting) == ""
        with session_scope(services.database) as session:
            session.get_one(QAPair, pair_id).origin = "ZX20261124-0001"
        assert heading(clerk, waiting) == "1"
        page = clerk.get("/todo").text
        assert f'href="/pairs/{pair_id}/edit"' in page
        assert "台账 ZX20261124-0001" in page

    def test_one_that_was_returned_says_so_with_the_reason_and_waits_for_its_author_once(
        self, editor: Browser, reviewer: Browser, clerk: Browser, services: Services
    ) -> None:
        waiting = "台账答复形成、待送审的问答"
        path = submit(editor)
        with session_scope(services.database) as session:
            session.get_one(QAPair, int(path.split("/")[2])).origin = "ZX20261124-0001"
        assert heading(clerk, waiting) == ""
        assert sign(reviewer, path, "first", then="return", reason="口播太长") == 303
        assert heading(clerk, waiting) == "1"
        assert "退回待修改：口播太长（台账 ZX20261124-0001）" in clerk.get("/todo").text
        assert [heading(editor, one) for one in (waiting, "退回我修改的问答")] == ["", "1"]

    def test_one_whose_day_comes_waits_for_the_unit_that_owns_it(
        self, editor: Browser, clerk: Browser, services: Services
    ) -> None:
        waiting = "到期应复核、将失效的问答"
        before = int(heading(clerk, waiting) or 0)
        publish(editor, services, review_by="2026-12-20")
        assert int(heading(clerk, waiting)) == before + 1
        assert QUESTION in clerk.get("/todo").text
        assert heading(editor, waiting) == ""


class TestStarterBank:
    def test_is_one_line_with_a_count_for_those_who_sign(
        self, reviewer: Browser, clerk: Browser, browse: Browse
    ) -> None:
        page = reviewer.get("/todo").text
        line = re.search(r"(\d+) 条起步库问答还没有本单位审校，涉及 \d+ 个单位", page)
        assert line is not None
        assert int(line[1]) > 1
        assert heading(reviewer, "起步库启用") == "1"
        assert 'href="/adoption"' in page
        assert heading(clerk, "起步库启用") == ""
        within = {Role.REVIEWER: ["human-resources"]}
        own = browse("benju", Role.REVIEWER, within=within).get("/todo").text
        of_one = re.search(r"(\d+) 条起步库问答还没有本单位审校，请", own)
        assert of_one is not None
        assert int(of_one[1]) < int(line[1])
