from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authentication.sign_in import NOBODY, admit, begin_attempt, refuse
from qa_service.accounts.authentication.throttle import (
    ACCOUNT_FAILURES,
    ADDRESS_FAILURES,
    MAX_WAIT,
    TooManyAttemptsError,
    wait_after,
)
from qa_service.accounts.models import AuditEvent, SignInFailure, User
from qa_service.accounts.users import SignInRefusedError, create_user
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


def add(session: Session, login: str = "zhang", password: str = PASSWORD) -> User:
    return create_user(
        session, login, password, display_name=f"坐席{login}", roles=(Role.OPERATOR,), now=NOW
    )


def fail(session: Session, login: str = "zhang", address: str = HERE, at: datetime = NOW) -> None:
    attempt = begin_attempt(session, login, address, now=at)
    assert not attempt.is_right("wrong password")


def highest_count(session: Session) -> int:
    return max(one.failures for one in session.exec(select(SignInFailure)).all())


class TestAttempt:
    def test_of_the_right_password_is_let_in(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            attempt = begin_attempt(session, "zhang", HERE, now=NOW)
            assert attempt.is_right(PASSWORD)
            assert admit(session, attempt, hours=1)

    @pytest.mark.parametrize(
        ("login", "password"),
        [
            ("zhang", "wrong password"),
            ("zhang", ""),
            ("zhang", "\ud800" * 12),
            ("zhang", "x" * 100_000),
            ("nobody", PASSWORD),
            ("", ""),
        ],
    )
    def test_of_anything_else_is_not(self, database: Engine, login: str, password: str) -> None:
        with session_scope(database) as session:
            add(session)
            assert not begin_attempt(session, login, HERE, now=NOW).is_right(password)

    def test_with_a_password_of_any_characters_is_let_in(self, database: Engine) -> None:
        password = "密码\ud800\x00😀 垂柳 青山"
        with session_scope(database) as session:
            add(session, password=password)
            assert begin_attempt(session, "zhang", HERE, now=NOW).is_right(password)

    def test_of_one_who_has_left_is_refused_after_the_right_password(
        self, database: Engine
    ) -> None:
        with session_scope(database) as session:
            add(session).is_active = False
            session.flush()
            attempt = begin_attempt(session, "zhang", HERE, now=NOW)
            assert attempt.is_right(PASSWORD)
            with pytest.raises(SignInRefusedError, match="已停用"):
                admit(session, attempt, hours=1)

    def test_a_refusal_never_writes_down_what_may_be_a_password(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            for login in ("zhang", "hunter2-typed-as-login"):
                refuse(session, begin_attempt(session, login, HERE, now=NOW))
            refused = select(AuditEvent).where(
                AuditEvent.action == AuditAction.SIGN_IN_REFUSED.value
            )
            found = session.exec(refused.order_by(AuditEvent.id)).all()
            assert [event.actor for event in found] == ["zhang", NOBODY.name]
            assert "hunter2" not in str([event.model_dump() for event in found])
            assert "hunter2" not in str(session.exec(select(SignInFailure)).all())


class TestThrottle:
    @pytest.mark.parametrize("login", ["zhang", "nobody"])
    def test_makes_an_account_wait_longer_and_longer(self, database: Engine, login: str) -> None:
        with session_scope(database) as session:
            add(session)
            at = NOW
            for _ in range(ACCOUNT_FAILURES):
                fail(session, login, at=at)
            waits = []
            for _ in range(4):
                with pytest.raises(TooManyAttemptsError) as refused:
                    fail(session, login, at=at)
                waits.append(refused.value.retry_seconds)
                at += timedelta(seconds=refused.value.retry_seconds)
                fail(session, login, at=at)
            assert waits == [1, 2, 4, 8]

    def test_refuses_the_right_password_too_while_the_wait_is_on(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            for _ in range(ACCOUNT_FAILURES):
                fail(session)
            with pytest.raises(TooManyAttemptsError):
                begin_attempt(session, "zhang", "198.51.100.7", now=NOW)

    def test_of_an_address_holds_for_every_account(self, database: Engine) -> None:
        with session_scope(database) as session:
            for number in range(ADDRESS_FAILURES):
                fail(session, f"user{number}")
            with pytest.raises(TooManyAttemptsError):
                fail(session, "another")
            fail(session, "another", address="198.51.100.7")
            assert highest_count(session) == ADDRESS_FAILURES

    def test_the_right_password_clears_the_account(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            for _ in range(ACCOUNT_FAILURES - 1):
                fail(session)
            admit(session, begin_attempt(session, "zhang", HERE, now=NOW), hours=1)
            for _ in range(ACCOUNT_FAILURES - 1):
                fail(session)
            counted = session.exec(select(SignInFailure)).all()
            assert all(one.blocked_until is None or one.blocked_until <= NOW for one in counted)

    def test_ones_own_password_does_not_clear_what_others_did_at_the_address(
        self, database: Engine
    ) -> None:
        with session_scope(database) as session:
            add(session)
            for number in range(ADDRESS_FAILURES - 1):
                fail(session, f"user{number}")
            admit(session, begin_attempt(session, "zhang", HERE, now=NOW), hours=1)
            later = NOW + timedelta(seconds=2)
            fail(session, "someone", at=later)
            with pytest.raises(TooManyAttemptsError):
                fail(session, "another", at=later)

    def test_forgets_after_a_day(self, database: Engine) -> None:
        with session_scope(database) as session:
            for _ in range(ACCOUNT_FAILURES):
                fail(session)
            fail(session, at=NOW + timedelta(hours=25))
            assert highest_count(session) == 1
            fail(session, at=NOW + timedelta(hours=25))

    def test_never_locks_anybody_out_for_good(self) -> None:
        assert wait_after(1_000_000, ACCOUNT_FAILURES) == MAX_WAIT
