"""One time step's code admits once, however many show it at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.accounts.authentication.second_factor import (
    WrongCodeError,
    check_code,
    enrol,
    new_secret,
    open_offer,
    reseal,
    seal_offer,
)
from qa_service.accounts.models import User
from qa_service.accounts.users import create_user
from qa_service.errors import ConfigurationError
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 3, tzinfo=UTC)
CIPHER = FieldCipher.of(b"k" * 32)
SESSIONS = 6


def add(engine: Engine, login: str = "zhang") -> str:
    """Return the secret of a user with a second factor."""
    secret = new_secret()
    with session_scope(engine) as session:
        user = create_user(
            session,
            login,
            "correct horse battery",
            display_name=f"坐席{login}",
            roles=(Role.OPERATOR,),
            now=NOW,
        )
        enrol(session, user, secret, pyotp.TOTP(secret).at(NOW), cipher=CIPHER, now=NOW)
    return secret


def show_at_once(engine: Engine, code: str) -> int:
    """Return how many of several sessions get in."""
    ready = Barrier(SESSIONS)

    def show(_: int) -> bool:
        ready.wait()
        try:
            with session_scope(engine) as session:
                user = session.exec(select(User)).one()
                check_code(session, user, code, cipher=CIPHER, now=LATER)
        except WrongCodeError:
            return False
        return True

    with ThreadPoolExecutor(SESSIONS) as pool:
        return sum(pool.map(show, range(SESSIONS)))


def test_a_code_admits_one_of_many_sessions(database: Engine) -> None:
    assert show_at_once(database, pyotp.TOTP(add(database)).at(LATER)) == 1


@pytest.mark.postgres
def test_a_code_admits_one_of_many_sessions_on_postgresql(migrated_postgres: Engine) -> None:
    for _ in range(3):
        with session_scope(migrated_postgres) as session:
            for user in session.exec(select(User)).all():
                session.delete(user)
        secret = add(migrated_postgres)
        assert show_at_once(migrated_postgres, pyotp.TOTP(secret).at(LATER)) == 1


def test_a_stored_secret_opens_for_its_own_user_alone(database: Engine) -> None:
    add(database)
    secret = add(database, "li")
    with session_scope(database) as session:
        first, second = session.exec(select(User).order_by(User.login.desc())).all()  # type: ignore[attr-defined]
        first.totp_sealed = second.totp_sealed
        session.add(first)
        session.flush()
        with pytest.raises(ConfigurationError):
            check_code(session, first, pyotp.TOTP(secret).at(LATER), cipher=CIPHER, now=LATER)


def test_resealing_keeps_the_secret(database: Engine) -> None:
    secret = add(database)
    with session_scope(database) as session:
        user = session.exec(select(User)).one()
        before = user.totp_sealed
        reseal(user, CIPHER)
        assert user.totp_sealed != before
        session.flush()
        check_code(session, user, pyotp.TOTP(secret).at(LATER), cipher=CIPHER, now=LATER)


def test_an_offer_opens_for_its_own_user_alone() -> None:
    sealed = seal_offer("SECRET", 7, CIPHER)
    assert open_offer(sealed, 7, CIPHER) == "SECRET"
    assert open_offer(sealed, 8, CIPHER) is None
    assert open_offer(CIPHER.encrypt("SECRET"), 7, CIPHER) is None
