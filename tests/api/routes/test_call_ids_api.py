"""The call a question belongs to, as the hotline's software names it."""

from fastapi.testclient import TestClient
from sqlmodel import select

from qa_service.consultation.models import Consultation
from qa_service.services import Services
from qa_service.storage.engine import session_scope

ASK = "/api/v1/consultations"
PHONE = "13800001111"
QUESTION = {"question": "社保卡丢了怎么补办？", "channel": "hotline"}


def test_questions_of_one_call_stand_together_and_a_number_as_its_id_is_hashed(
    api: TestClient, services: Services
) -> None:
    for call_id in ("CTI-7", "CTI-7", PHONE):
        assert api.post(ASK, json={**QUESTION, "call_id": call_id}).status_code == 201
    alone = api.post(ASK, json=QUESTION).json()["id"]
    with session_scope(services.database, read_only=True) as session:
        calls = session.exec(select(Consultation.call_id)).all()
    assert calls.count("CTI-7") == 2
    assert alone in calls
    assert PHONE not in str(calls)


def test_an_id_of_more_than_sixty_four_signs_is_refused(api: TestClient) -> None:
    assert api.post(ASK, json={**QUESTION, "call_id": "x" * 65}).status_code == 422
