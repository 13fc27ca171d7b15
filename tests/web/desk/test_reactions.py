"""Citizens say at the public desk that an answer is wrong, or whether it satisfies."""

import pytest
from desk_forms import form_of, receipt_of
from fastapi.testclient import TestClient
from httpx import Response
from public_desk import KEY, signed_desk
from sqlmodel import col, select
from visitor import Browser

from qa_service.consultation.models import AnswerRating
from qa_service.knowledge.models import QAPair
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, EntryKind, EntryState, Satisfaction

PAGE = f"/desk/answers/{KEY}"


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_work = 100
    return TestClient(signed_desk(services), follow_redirects=False)


def complain(desk: TestClient, complaint: str, contact: str = "") -> Response:
    hidden = form_of(desk.get(f"{PAGE}/wrong"))
    sent = {**hidden, "complaint": complaint, "contact": contact}
    return desk.post(f"{PAGE}/wrong", data=sent)


def corrections(services: Services) -> list[LedgerEntry]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id))).all())


class TestWrong:
    def test_goes_to_the_clock_of_corrections(self, desk: TestClient, services: Services) -> None:
        page = complain(desk, "网点电话13800138000已换", "13800138000")
        receipt = receipt_of(page)
        (entry,) = corrections(services)
        assert (entry.kind, entry.channel) == (EntryKind.CORRECTION, Channel.SERVICE_DESK)
        assert entry.limit_workdays == 3
        assert "网点电话〔手机号〕已换" in entry.question
        assert "答案纠错" in desk.post("/desk/question", data=receipt).text

    def test_the_same_said_again_is_no_second_task(
        self, desk: TestClient, services: Services
    ) -> None:
        first, again = (receipt_of(complain(desk, "网点已搬")) for _ in range(2))
        assert first["number"] == again["number"]
        assert first["code"] != again["code"]
        complain(desk, "电话也换了")
        lead, other = corrections(services)
        assert other.joined_to_id == lead.id

    def test_the_same_said_by_staff_before_can_no_longer_be_undone(
        self, desk: TestClient, operator: Browser, services: Services
    ) -> None:
        with session_scope(services.database, read_only=True) as session:
            pair = session.exec(select(QAPair.id).where(QAPair.key == KEY)).one()
        operator.post(f"/pairs/{pair}/corrections", complaint="网点已搬")
        receipt = receipt_of(complain(desk, "网点已搬"))
        refused = operator.post(f"/ledger/{receipt['number']}/undo")
        assert (refused.status_code, "政务公开专区已有群众" in refused.text) == (409, True)
        assert [one.state for one in corrections(services)] == [EntryState.ASSIGNED]

    def test_a_form_sent_again_with_something_else_tells_no_receipt(
        self, desk: TestClient, services: Services
    ) -> None:
        sent = {**form_of(desk.get(f"{PAGE}/wrong")), "complaint": "网点已搬", "contact": ""}
        first, again = (receipt_of(desk.post(f"{PAGE}/wrong", data=sent)) for _ in range(2))
        assert first == again
        page = desk.post(f"{PAGE}/wrong", data={**sent, "complaint": "电话也换了"})
        assert page.status_code == 422
        assert "这张表已经提交过" in page.text
        assert "电话也换了" in page.text
        assert first["code"] not in page.text
        assert len(corrections(services)) == 1

    def test_says_what_is_missing_and_keeps_what_was_typed(
        self, desk: TestClient, services: Services
    ) -> None:
        page = complain(desk, "错" * 501, "打给我")
        assert page.status_code == 422
        assert "错" * 501 in page.text
        assert 'value="打给我"' in page.text
        for name in ("complaint", "contact"):
            assert f'id="{name}-problem-1"' in page.text
        assert corrections(services) == []

    def test_of_an_answer_that_is_not_there_is_not_there(self, desk: TestClient) -> None:
        assert desk.get("/desk/answers/no-such-key/wrong").status_code == 404
        assert desk.post("/desk/answers/no-such-key/rating").status_code == 404


class TestRating:
    def test_is_counted_by_day_and_once_for_each_address(
        self, desk: TestClient, services: Services
    ) -> None:
        assert f'href="{PAGE}/rating?satisfaction=satisfied"' in desk.get(PAGE).text
        page = desk.get(f"{PAGE}/rating?satisfaction=satisfied")
        assert 'value="satisfied" checked' in page.text
        sent = {**form_of(page), "satisfaction": "satisfied"}
        assert "谢谢您的评价" in desk.post(f"{PAGE}/rating", data=sent).text
        again = desk.post(f"{PAGE}/rating", data={**form_of(page), "satisfaction": "dissatisfied"})
        assert again.status_code == 429
        with session_scope(services.database, read_only=True) as session:
            row = session.exec(select(AnswerRating)).one()
            assert (row.satisfaction, row.count) == (Satisfaction.SATISFIED, 1)

    def test_makes_no_answer_a_hot_question(self, desk: TestClient, services: Services) -> None:
        page = desk.get(f"{PAGE}/rating")
        desk.post(f"{PAGE}/rating", data={**form_of(page), "satisfaction": "satisfied"})
        with session_scope(services.database) as session:
            row = session.exec(select(AnswerRating)).one()
            row.count = 1000
            session.add(row)
        assert "大家常问" not in desk.get("/desk").text
