"""One external id sent twice at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from actors import person
from sqlalchemy import Engine
from sqlmodel import func, select

from qa_service.clock import BEIJING, FixedClock
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import choose_none, find_consultation, record, search_for
from qa_service.knowledge.exchange.rows.unit_columns import load_units
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services, build_services
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Channel

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
INQUIRY = Inquiry("外商投资项目怎么备案？", Channel.HOTLINE, person("坐席甲"), external_id="T-1")

pytestmark = pytest.mark.postgres


@pytest.fixture
def on_postgres(
    migrated_postgres: Engine, settings: Settings, clock: FixedClock, tokenizer: Tokenizer
) -> Services:
    """A service without a single pair, so that every question is registered."""
    with session_scope(migrated_postgres) as session:
        load_units(session, settings.corpus_dir / "units.jsonl")
    built = build_services(
        settings,
        clock=clock,
        database=migrated_postgres,
        tokenizer=tokenizer,
        encoder=None,
    )
    built.index_sync.open()
    return built


def at_once(calls: list[Callable[[], str]]) -> list[str]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        barrier.wait(timeout=60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def counts(services: Services) -> list[int]:
    with session_scope(services.database, read_only=True) as session:
        tables = (Consultation, LedgerEntry)
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


class TestOnPostgresql:
    def test_two_records_of_one_external_id_are_one(self, on_postgres: Services) -> None:
        def record_one() -> str:
            result = search_for(on_postgres.consultation, INQUIRY, now=MORNING)
            with session_scope(on_postgres.database) as session:
                recorded = record(session, on_postgres.consultation, INQUIRY, result, now=MORNING)
                return f"{recorded.consultation.id} {recorded.is_new}"

        told = at_once([record_one, record_one])
        ids, news = zip(*(line.split() for line in told), strict=True)
        assert len(set(ids)) == 1
        assert sorted(news) == ["False", "True"]
        assert counts(on_postgres) == [1, 1]

    def test_two_registrations_of_one_question_are_one(self, on_postgres: Services) -> None:
        inquiry = Inquiry(
            INQUIRY.question, Channel.HOTLINE, person("坐席甲"), register=RegisterMode.NEVER
        )
        result = search_for(on_postgres.consultation, inquiry, now=MORNING)
        with session_scope(on_postgres.database) as session:
            held = record(
                session, on_postgres.consultation, inquiry, result, now=MORNING
            ).consultation

        def register_one() -> str:
            with session_scope(on_postgres.database) as session:
                found = find_consultation(session, held.id)
                return choose_none(
                    session, on_postgres.consultation, found, actor=person("坐席甲"), now=MORNING
                )

        assert at_once([register_one, register_one]) == ["ZX20261124-0001"] * 2
        assert counts(on_postgres) == [1, 1]
