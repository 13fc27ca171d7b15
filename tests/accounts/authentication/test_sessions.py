from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authentication.sessions import (
    close_user_session,
    find_signed_in,
    hash_token,
    open_user_session,
)
from qa_service.accounts.models import User, UserSession
from qa_service.accounts.permissions import Permission
from qa_service.accounts.usage import UsageLog
from qa_service.accounts.users import create_user
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOURS = 12
END = NOW + timedelta(hours=HOURS)


def use(session: Session, token: str, at: datetime) -> None:
    log = UsageLog()
    log.note_session(hash_token(token), at)
    assert log.flush(session) == 1


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        yield opened


@pytest.fixture
def user(session: Session) -> User:
    roles = (Role.ADMIN, Role.OPERATOR)
    return create_user(
        session, "zhang", "correct horse battery", display_name="坐席甲", roles=roles, now=NOW
    )


class TestSignedIn:
    def test_the_token_tells_who_it_is(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        found = find_signed_in(session, token, now=NOW)
        assert found is not None
        assert (found.user_id, found.login, found.display_name) == (user.id, "zhang", "坐席甲")
        assert found.authority.roles == {Role.ADMIN, Role.OPERATOR}
        assert found.may(Permission.MANAGE_ACCOUNTS)
        assert found.must_change_password

    def test_only_a_hash_of_the_token_is_stored(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        stored = session.exec(select(UserSession)).one()
        assert stored.token_hash == hash_token(token)
        assert token not in f"{stored.token_hash}{stored.csrf_token}"

    def test_no_two_sessions_share_a_token(self, session: Session, user: User) -> None:
        tokens = [open_user_session(session, user, hours=HOURS, now=NOW) for _ in range(5)]
        found = [find_signed_in(session, token, now=NOW) for token in tokens]
        assert len(set(tokens)) == 5
        assert len({signed_in.csrf_token for signed_in in found if signed_in}) == 5

    @pytest.mark.parametrize("token", ["", "unknown", "\ud800", "甲" * 1000])
    def test_an_unknown_token_is_nobodys(self, session: Session, user: User, token: str) -> None:
        open_user_session(session, user, hours=HOURS, now=NOW)
        assert find_signed_in(session, token, now=NOW) is None

    def test_the_stored_hash_is_no_token(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        assert find_signed_in(session, hash_token(token), now=NOW) is None

    def test_a_session_ends_at_its_hour(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        last = END - timedelta(seconds=1)
        use(session, token, last)
        assert find_signed_in(session, token, now=last) is not None
        assert find_signed_in(session, token, now=END) is None

    def test_a_session_nobody_uses_ends_before_its_hour(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        idle = timedelta(minutes=30)
        use(session, token, NOW + timedelta(minutes=20))
        assert find_signed_in(session, token, now=NOW + timedelta(minutes=49), idle=idle)
        assert find_signed_in(session, token, now=NOW + timedelta(minutes=50), idle=idle) is None

    def test_an_inactive_users_session_is_no_longer_good(
        self, session: Session, user: User
    ) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        user.is_active = False
        session.flush()
        assert find_signed_in(session, token, now=NOW) is None


class TestEnd:
    def test_signing_out_ends_that_session_only(self, session: Session, user: User) -> None:
        here = open_user_session(session, user, hours=HOURS, now=NOW)
        elsewhere = open_user_session(session, user, hours=HOURS, now=NOW)
        close_user_session(session, here)
        assert find_signed_in(session, here, now=NOW) is None
        assert find_signed_in(session, elsewhere, now=NOW) is not None

    def test_signing_out_twice_is_harmless(self, session: Session, user: User) -> None:
        token = open_user_session(session, user, hours=HOURS, now=NOW)
        close_user_session(session, token)
        close_user_session(session, token)
        assert session.exec(select(UserSession)).all() == []

    def test_expired_sessions_are_dropped_when_the_next_one_opens(
        self, session: Session, user: User
    ) -> None:
        open_user_session(session, user, hours=HOURS, now=NOW)
        later = END + timedelta(seconds=1)
        token = open_user_session(session, user, hours=HOURS, now=later)
        assert session.exec(select(UserSession.token_hash)).all() == [hash_token(token)]
