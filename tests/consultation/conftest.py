"""Asks the desk as entry points do: search first, then one writing transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from actors import person
from sqlmodel import select

from qa_service.consultation.inquiry import Inquiry
from qa_service.consultation.models import Consultation
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.service import record, search_for
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_of_consultation
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel

MakeInquiry = Callable[..., Inquiry]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question."""

    consultation: Consultation
    is_new: bool
    result: SearchResult
    entry: LedgerEntry | None


def ask(services: Services, inquiry: Inquiry, *, now: datetime | None = None) -> Asked:
    at = now or services.clock.now()
    result = search_for(services.consultation, inquiry, now=at)
    with session_scope(services.database) as session:
        recorded = record(session, services.consultation, inquiry, result, now=at)
        number = entry_of_consultation(session, recorded.consultation.id)
        entry = session.exec(select(LedgerEntry).where(LedgerEntry.number == number)).first()
    return Asked(recorded.consultation, recorded.is_new, result, entry)


@pytest.fixture
def asking(services: Services) -> Callable[..., Asked]:
    """Asks a question of the test bank's service."""

    def ask_one(question: str, *, now: datetime | None = None, **details: object) -> Asked:
        details = {"channel": Channel.HOTLINE, "actor": person("坐席甲"), **details}
        return ask(services, Inquiry(question, **details), now=now)  # type: ignore[arg-type]

    return ask_one
