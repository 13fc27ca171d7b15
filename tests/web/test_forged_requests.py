import pytest
from sqlmodel import func, select
from visitor import Browser

from qa_service.consultation.models import Consultation
from qa_service.services import Services
from qa_service.storage.engine import session_scope

CHANGES = (
    "/consultations",
    "/consultations/x/choice",
    "/consultations/x/registration",
    "/consultations/x/transfer",
    "/consultations/x/dismissal",
    "/call",
    "/call/caller",
    "/call/preview",
    "/pairs/new",
    "/pairs/1/edit",
    "/pairs/1/withdraw",
    "/password",
    "/logout",
)


class TestForgedRequest:
    @pytest.mark.parametrize("token", ["", "x" * 43, "令牌"])
    def test_a_change_without_the_sessions_token_is_refused(
        self, admin: Browser, token: str
    ) -> None:
        for path in CHANGES:
            answer = admin.client.post(path, data={"csrf_token": token, "question": "社保卡丢了"})
            assert answer.status_code == 403, path
            assert "页面已过期" in answer.text

    def test_nothing_is_logged_for_it(self, admin: Browser, services: Services) -> None:
        admin.client.post("/consultations", data={"question": "社保卡丢了怎么补办？"})
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(func.count()).select_from(Consultation)).one() == 0

    def test_the_token_may_come_in_a_header(self, admin: Browser) -> None:
        headers = {"X-CSRF-Token": admin.token()}
        data = {"question": "社保卡丢了怎么补办？"}
        answer = admin.client.post("/consultations", data=data, headers=headers)
        assert answer.status_code == 303
