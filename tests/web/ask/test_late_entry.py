"""A question taken down on paper, typed in afterwards on the page and over REST."""

import io
from datetime import date

from entry_pages import QUESTION
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import select
from visitor import Browse, Browser

from qa_service.accounts.models import AuditEvent
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role

OUTAGE = "系统停用期间纸面登记"
RECEIVED = "2026-11-20T16:30"
"""A Friday; the clock stands at Tuesday the 24th, 10 o'clock."""
BODY = {"question": QUESTION, "channel": "hotline", "field": "养老"}
LATE = {"received_at": f"{RECEIVED}:00+08:00", "reason": OUTAGE}


def register(operator: Browser, **late: str) -> str:
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    return operator.post(f"{path}/registration", **late).text


def entries(services: Services) -> list[LedgerEntry]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(LedgerEntry)).all())


def test_the_limit_counts_from_the_true_receipt_and_the_entry_says_so(
    operator: Browser, browse: Browse, services: Services
) -> None:
    register(operator, received_at=RECEIVED, late_reason=OUTAGE)
    (entry,) = entries(services)
    assert entry.number == "ZX20261120-0001"
    assert (entry.due_on, entry.late_reason) == (date(2026, 11, 27), OUTAGE)
    supervisor = browse("ducha", Role.SUPERVISOR)
    page = supervisor.get(f"/ledger/{entry.number}").text
    assert f"理由：{OUTAGE}" in page
    assert "2026-11-20 16:30 收到，从次日起算" in page
    assert '<span class="badge">补录</span>' in supervisor.get("/ledger").text
    for form, shown in (("full", OUTAGE), ("short", "（补录）")):
        sheet = supervisor.get(f"/ledger/export.xlsx?form={form}").content
        cells = [cell.value for row in load_workbook(io.BytesIO(sheet)).active for cell in row]
        assert (form, any(shown in str(cell) for cell in cells)) == (form, True)


def test_is_audited_with_the_time_and_the_reason(operator: Browser, services: Services) -> None:
    register(operator, received_at=RECEIVED, late_reason=f"{OUTAGE}，问13600001234")
    told = "补录，实际收到 2026-11-20 16:30：系统停用期间纸面登记，问〔手机号〕"
    with session_scope(services.database, read_only=True) as session:
        (first, *_) = session.exec(select(LedgerEvent).order_by(LedgerEvent.id)).all()
        late = select(AuditEvent).where(AuditEvent.action == AuditAction.LATE_ENTRY)
        (audited,) = session.exec(late).all()
    assert first.reason == f"首次登记；{told}"
    assert (audited.subject, audited.details["reason"]) == ("ZX20261120-0001", told)


def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    operator: Browser, services: Services
) -> None:
    for received, told in (
        ("2026-11-24T10:01", "收到时间晚于现在"),
        ("2025-11-20T16:30", "请核对年份和日期"),
        ("昨天", "请填写收到的日期和时间"),
    ):
        page = register(operator, received_at=received, late_reason=OUTAGE, phone="13800000000")
        assert told in page
        assert f'name="received_at" type="datetime-local" value="{received}"' in page
        assert f'value="{OUTAGE}"' in page
        assert 'value="13800000000"' in page
    assert "请写明补录的理由" in register(operator, received_at=RECEIVED)
    assert entries(services) == []


def test_an_entry_registered_when_it_came_bears_no_flag(
    operator: Browser, services: Services
) -> None:
    page = register(operator)
    assert [one.late_reason for one in entries(services)] == [None]
    assert "补录：" not in page


class TestRest:
    def test_takes_the_receipt_with_the_question_and_with_the_choice(self, api: TestClient) -> None:
        body = {**BODY, "question": "火星旅行社怎么报名", "late": LATE}
        asked = api.post("/api/v1/consultations", json=body).json()
        entry = api.get(f"/api/v1/ledger/{asked['ledger_entry']['number']}").json()
        assert (entry["due_on"], entry["late_reason"]) == ("2026-11-27", OUTAGE)
        open_ = {**BODY, "question": "火星驾照怎么换", "register": "never"}
        left = api.post("/api/v1/consultations", json=open_).json()
        choice = f"/api/v1/consultations/{left['id']}/choice"
        chosen = api.post(choice, json={"none": True, "late": LATE}).json()
        assert chosen["ledger_entry"]["received_at"] == "2026-11-20T08:30:00Z"

    def test_refuses_what_cannot_be_before_anything_is_kept(
        self, api: TestClient, services: Services
    ) -> None:
        for received, status in (("2026-11-25T10:00:00+08:00", 422), ("2026-11-20T10:00:00", 422)):
            late = {**LATE, "received_at": received}
            answer = api.post("/api/v1/consultations", json={**BODY, "late": late})
            assert answer.status_code == status
        told = api.post("/api/v1/consultations", json={**BODY, "late": late}).json()
        assert "带时区" in str(told)
        assert entries(services) == []
