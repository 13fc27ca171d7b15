"""The audit trail on its pages: filtered by each of its filters, paged, and verified."""

import re
from datetime import timedelta

import pytest
from visitor import Browse, Browser

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.audit import record
from qa_service.accounts.names.display_names import every_display_name
from qa_service.clock import FixedClock
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role
from qa_service.web.supervision.audit import PAGE_EVENTS


def add_events(services: Services, number: int) -> None:
    with session_scope(services.database) as session:
        for place in range(number):
            record(
                session,
                AuditAction.IMPORT,
                actor=CLOCKWORK,
                now=services.clock.now(),
                subject=f"第{place}批",
            )


def shown_ids(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-label="序号">(\d+)<', page)]


class TestFilters:
    def test_action_and_actor_choose_the_events_shown(self, admin: Browser, browse: Browse) -> None:
        browse("ducha", Role.SUPERVISOR)
        admin.post("/pairs/1/withdraw", reason="口径有误")
        page = admin.get("/audit?action=withdraw").text
        assert "问答 1" in page
        assert "guanli" in page
        assert "问答 1" not in admin.get("/audit?actor=ducha").text

    def test_days_count_in_beijing_time_and_include_the_last(
        self, admin: Browser, services: Services, clock: FixedClock
    ) -> None:
        add_events(services, 1)
        today = (clock.now() + timedelta(hours=8)).date()
        on = f"/audit?subject=第0批&since={today}&until={today}"
        assert len(shown_ids(admin.get(on).text)) == 1
        earlier = today - timedelta(days=1)
        assert shown_ids(admin.get(f"/audit?subject=第0批&until={earlier}").text) == []

    @pytest.mark.parametrize("value", ["gestern", "2026-13-01"])
    def test_a_day_that_is_none_is_refused_beside_its_box(
        self, admin: Browser, services: Services, value: str
    ) -> None:
        add_events(services, 1)
        answer = admin.get(f"/audit?subject=第0批&since={value}")
        assert answer.status_code == 422
        assert f"“{value}”不是日期" in answer.text
        assert shown_ids(answer.text) == []


def test_older_events_follow_page_by_page_and_keep_the_filter(
    admin: Browser, services: Services
) -> None:
    add_events(services, PAGE_EVENTS + 3)
    first = admin.get("/audit?action=import").text
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    second = admin.get(link[1].replace("&amp;", "&")).text
    assert len(shown_ids(first)) == PAGE_EVENTS
    assert max(shown_ids(second)) < min(shown_ids(first))
    assert set(re.findall(r"第\d+批", first + second)) == {
        f"第{place}批" for place in range(PAGE_EVENTS + 3)
    }


def test_opening_an_entry_with_an_asker_is_recorded(admin: Browser, operator: Browser) -> None:
    asked = operator.post("/consultations", question="火星养老院怎么约", area="养老")
    path = asked.headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")
    operator.get("/ledger/ZX20261124-0001")
    page = admin.get("/audit?action=view_asker&subject=ZX20261124-0001").text
    assert "zuoxi" in page


class TestChain:
    def test_is_whole_after_ordinary_work(self, admin: Browser) -> None:
        assert "审计记录完整" in admin.get("/audit/chain").text

    def test_names_the_first_event_that_was_changed(
        self, admin: Browser, services: Services
    ) -> None:
        add_events(services, 2)
        with services.database.begin() as connection:
            changed = connection.exec_driver_sql(
                "SELECT id FROM audit_event WHERE subject = '第0批'"
            ).scalar_one()
            triggers = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"
            ).scalars()
            for name in list(triggers):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(
                "UPDATE audit_event SET subject = '另一批' WHERE id = ?", (changed,)
            )
        page = admin.get("/audit/chain").text
        assert "审计记录完整" not in page
        assert str(changed) in page


def test_rows_name_questions_titles_and_people_beside_what_the_trail_keeps(
    admin: Browser, services: Services, browse: Browse
) -> None:
    browse("ducha", Role.SUPERVISOR)
    with session_scope(services.database) as session:
        document = session.get_one(PolicyDocument, 1)
        title, subjects = document.title, (f"政策 {document.key}", "政策文件 1", "问答 1")
        question = questions_of(session, [1])[1]
        record(
            session,
            AuditAction.PASSWORD,
            actor=CLOCKWORK,
            now=services.clock.now(),
            subject="ducha",
        )
        for subject in subjects:
            record(
                session,
                AuditAction.EDIT,
                actor=CLOCKWORK,
                now=services.clock.now(),
                subject=subject,
            )
        display_name = every_display_name(session)["ducha"]
    page = admin.get("/audit").text
    assert "新增 督查" in page
    shown = (f"政策文件：{title}", f"政策文件：{title}", f"问答：{question}")
    for subject, text in zip(subjects, shown, strict=True):
        assert f'{text} <span class="hint">{subject}</span>' in page
    assert f'{display_name} <span class="hint">ducha</span>' in page


def test_only_the_office_reads_the_trail(operator: Browser, browse: Browse) -> None:
    assert operator.get("/audit").status_code == 403
    assert operator.get("/audit/chain").status_code == 403
    assert browse("ducha", Role.SUPERVISOR).get("/audit").status_code == 200


def test_proof_counts_what_each_operator_searched_first(admin: Browser, operator: Browser) -> None:
    asked = operator.post("/consultations", question="火星养老院怎么约", area="养老")
    operator.post(f"{asked.headers['location']}/registration")
    page = admin.get("/audit/search-first").text
    assert "zuoxi" in page
    assert "✔ 0" in page
    assert "✘" not in page
