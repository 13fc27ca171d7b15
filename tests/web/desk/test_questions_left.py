"""What citizens leave at the public desk: questions, mistakes, ratings; and who may read them."""

import base64
import json
import re
from collections.abc import Mapping

import pytest
from altcha import ChallengeV1, solve_challenge_v1
from fastapi.testclient import TestClient
from httpx import Response
from public_desk import KEY, signed_desk
from sqlmodel import func, select

from qa_service.consultation.models import AnswerRating, PublicQuestion
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_work = 100
    return TestClient(signed_desk(services), follow_redirects=False)


def test_first(desk: TestClient) -> None:
    page = desk.get("/desk/ask")
    print(page.text)
    assert page.status_code == 200
