import socket
from datetime import timedelta

import pytest
from actors import person
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlmodel import Session, func, select

from qa_service.accounts.api_keys import create_key, find_key
from qa_service.accounts.idempotency import claim, request_hash
from qa_service.clock import FixedClock
from qa_service.jobs.delivery import transports
from qa_service.jobs.duty import JobContext
from qa_service.jobs.round import run_round
from qa_service.jobs.scheduler import JobScheduler
from qa_service.ledger.models import LedgerEntry, Reminder
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.outbox.models import Destination, OutboxEvent, Outcome
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope


def enter(session: Session, services: Services) -> str:
    now = services.clock.now()
    entry = register(
        session,
        Registration("外商投资项目怎么备案？", None, None, None, now),
        route=route(session, area=None, nearest_unit=None),
        calendar=services.calendar,
        workdays=5,
        actor=person("坐席甲"),
        now=now,
    )
    return entry.number


def reminders(services: Services) -> int:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(func.count()).select_from(Reminder)).one()


class TestRound:
    def test_reminds_and_settles_the_outbox(self, services: Services, clock: FixedClock) -> None:
        with session_scope(services.database) as session:
            enter(session, services)
        clock.instant += timedelta(days=7)
        done = run_round(JobContext.of(services))
        assert done.reminded == 1
        assert done.delivered.skipped >= 3
        again = run_round(JobContext.of(services))
        assert (again.reminded, again.delivered.skipped) == (0, 0)
        with session_scope(services.database, read_only=True) as session:
            outcomes = session.exec(select(OutboxEvent.outcome)).all()
            assert set(outcomes) == {Outcome.SKIPPED}

    def test_forgets_old_answers_to_repeated_requests(
        self, services: Services, clock: FixedClock
    ) -> None:
        with session_scope(services.database) as session:
            key = find_key(
                session,
                create_key(session, "平台", [Scope.CONSULT], now=clock.now()),
                now=clock.now(),
            )
            key_id = key.id or 0
            asked = request_hash(services.cipher, key_id, "POST", "/", {})
            claim(session, key_id, "T-1", asked, now=clock.now())
        clock.instant += timedelta(days=8)
        assert run_round(JobContext.of(services)).forgotten == 1

    def test_takes_in_the_notice_of_a_year_as_soon_as_its_file_is_there(
        self, services: Services, clock: FixedClock
    ) -> None:
        clock.instant += timedelta(days=37)
        with session_scope(services.database) as session:
            number = enter(session, services)
        assert run_round(JobContext.of(services)).recounted == 0
        folder = services.settings.corpus_dir / "holidays"
        folder.mkdir(exist_ok=True)
        notice = "notice: 国办发明电〔2026〕9号\ndays_off: [2027-01-01]\nmake_up_days: []\n"
        (folder / "2027.yaml").write_text(notice, encoding="utf-8")
        assert run_round(JobContext.of(services)).recounted == 1
        with session_scope(services.database, read_only=True) as session:
            entry = session.exec(select(LedgerEntry).where(LedgerEntry.number == number)).one()
            assert not entry.due_provisional

    def test_goes_on_with_a_faulty_holiday_file(
        self, services: Services, clock: FixedClock
    ) -> None:
        with session_scope(services.database) as session:
            enter(session, services)
        folder = services.settings.corpus_dir / "holidays"
        folder.mkdir(exist_ok=True)
        (folder / "2027.yaml").write_text("notice: [", encoding="utf-8")
        clock.instant += timedelta(days=7)
        assert run_round(JobContext.of(services)).reminded == 1


def failures(duty: str) -> float:
    return REGISTRY.get_sample_value("qa_job_failures_total", {"duty": duty}) or 0.0


def last_success(duty: str) -> float:
    return REGISTRY.get_sample_value("qa_job_last_success_timestamp", {"duty": duty}) or 0.0


class TestFailure:
    def test_of_one_duty_stops_no_other_and_is_logged_and_counted(
        self, services: Services, clock: FixedClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        with session_scope(services.database) as session:
            enter(session, services)
            session.execute(text("DROP TABLE rework_task"))
        clock.instant += timedelta(days=7)
        before = failures("rework")
        done = run_round(JobContext.of(services))
        assert (done.reminded, done.failed) == (1, ("rework",))
        assert done.delivered.skipped >= 3
        assert failures("rework") == before + 1
        for duty in ("reminders", "expiry", "erasure", "housekeeping", "delivery"):
            assert last_success(duty) == clock.now().timestamp(), duty
        (line,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
        assert "duty=rework kind=sqlalchemy.exc.OperationalError" in line
        assert "rework.py:" in line

    def test_of_a_receiver_that_hangs_holds_up_no_duty(
        self, services: Services, clock: FixedClock
    ) -> None:
        with session_scope(services.database) as session:
            enter(session, services)
        services.settings.scheduler_seconds = 1
        scheduler = JobScheduler(services)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            services.settings.webhook_url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            services.settings.webhook_allowed = "127.0.0.1"
            scheduler.start()
            connection, _ = silent.accept()
            with connection:
                assert reminders(services) == 0
                clock.instant += timedelta(days=7)
                asked = 0
                while reminders(services) == 0 and asked < 100_000:
                    asked += 1
                assert reminders(services) > 0
                # Nobody has hung up: delivery still waits for its answer.
                connection.setblocking(False)
                assert connection.recv(65536).startswith(b"POST")
                with pytest.raises(BlockingIOError):
                    while connection.recv(65536):
                        pass
        scheduler.shutdown()


class TestScheduler:
    def test_runs_inside_the_service_and_ends_with_it(
        self, app: FastAPI, services: Services, clock: FixedClock
    ) -> None:
        with session_scope(services.database) as session:
            enter(session, services)
        clock.instant += timedelta(days=7)
        services.settings.scheduler_seconds = 1
        with TestClient(app) as client:
            asked = 0
            while reminders(services) == 0 and asked < 10_000:
                asked += client.get("/healthz").status_code == 200
            # Shutting down waits for the round that is running.
        assert reminders(services) == 3

    def test_at_zero_only_the_uses_of_sessions_are_written(self, services: Services) -> None:
        scheduler = JobScheduler(services)
        scheduler.start()
        assert scheduler.job_names() == ["usage"]
        scheduler.shutdown()


class TestTransports:
    def test_are_those_that_are_set_up(self) -> None:
        assert transports(Settings(_env_file=None)) == {}
        given = Settings(
            _env_file=None, webhook_url="http://127.0.0.1:1/x", smtp_host="mail", smtp_sender="a@b"
        )
        assert set(transports(given)) == {Destination.WEBHOOK, Destination.MAIL}
