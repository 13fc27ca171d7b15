from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.api_keys import (
    KEY_PREFIX,
    InvalidKeyError,
    InvalidKeyNameError,
    KeyNameTakenError,
    KeyNotFoundError,
    KeyRefusedError,
    ScopeMissingError,
    create_key,
    find_key,
    list_keys,
    require_scope,
    revoke_own_key,
)
from qa_service.accounts.models import ApiKey, AuditEvent, User
from qa_service.accounts.users import UserNotFoundError, create_user
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role, Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        yield opened


def add_person(session: Session, login: str = "wang") -> User:
    return create_user(
        session,
        login,
        "correct horse battery",
        display_name=f"审核{login}",
        roles=[Role.REVIEWER],
        now=NOW,
    )


class TestCreateKey:
    def test_the_key_opens_and_only_its_hash_is_stored(self, session: Session) -> None:
        key = create_key(session, "12345-platform", [Scope.CONSULT], now=NOW)
        stored = session.exec(select(ApiKey)).one()
        assert key.startswith(KEY_PREFIX)
        assert len(key) >= 40
        assert key not in str(stored.model_dump())
        assert find_key(session, key, now=NOW).name == "12345-platform"

    def test_a_name_is_given_once(self, session: Session) -> None:
        create_key(session, "platform", [Scope.CONSULT], now=NOW)
        with pytest.raises(KeyNameTakenError, match="platform"):
            create_key(session, "platform", [Scope.LEDGER], now=NOW)

    @pytest.mark.parametrize("name", ["", "  ", "a" * 65, "a\nb", "\ud800"])
    def test_an_unusable_name_is_refused(self, session: Session, name: str) -> None:
        with pytest.raises(InvalidKeyNameError):
            create_key(session, name, [Scope.CONSULT], now=NOW)
        assert session.exec(select(ApiKey)).all() == []

    @pytest.mark.parametrize("days", [0, -5, 3651, 10**9])
    def test_days_are_a_number_in_bounds_or_an_error(self, session: Session, days: int) -> None:
        with pytest.raises(InvalidKeyError) as refused:
            create_key(session, "platform", [Scope.CONSULT], days=days, now=NOW)
        assert [one.field for one in refused.value.problems] == ["days"]

    def test_every_fault_is_told_at_once(self, session: Session) -> None:
        add_person(session)
        with pytest.raises(InvalidKeyNameError) as refused:
            create_key(session, " ", [], user="wang", unit="tax", per_minute=0, now=NOW)
        fields = [one.field for one in refused.value.problems]
        assert fields == ["name", "scopes", "days", "per_minute", "unit"]

    def test_a_persons_key_is_of_an_account_in_use(self, session: Session) -> None:
        with pytest.raises(UserNotFoundError):
            create_key(session, "k", [Scope.CONSULT], user="wang", days=1, now=NOW)
        add_person(session).is_active = False
        session.flush()
        with pytest.raises(UserNotFoundError):
            create_key(session, "k", [Scope.CONSULT], user="wang", days=1, now=NOW)

    def test_the_trail_names_the_person_of_a_key(self, session: Session) -> None:
        add_person(session)
        create_key(session, "k", [Scope.CONSULT], user="wang", days=1, now=NOW)
        event = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.KEY)).one()
        assert (event.subject, event.details["person"]) == ("k", "wang")


class TestRevokeOwnKey:
    def test_takes_no_key_of_others_and_of_no_system(self, session: Session) -> None:
        wang = Actor.of_user(add_person(session))
        li = Actor.of_user(add_person(session, "li"))
        create_key(session, "k", [Scope.CONSULT], user="wang", days=1, now=NOW)
        create_key(session, "platform", [Scope.CONSULT], now=NOW)
        for actor, name in ((li, "k"), (wang, "platform"), (wang, "nothing")):
            with pytest.raises(KeyNotFoundError):
                revoke_own_key(session, name, actor=actor, now=NOW)
        revoke_own_key(session, "k", actor=wang, now=NOW)
        states = {key.name: key.is_active for key in list_keys(session)}
        assert states == {"k": False, "platform": True}


class TestFindKey:
    @pytest.mark.parametrize("key", ["", "qak_", "unknown", "\ud800", "键" * 1000])
    def test_an_unknown_key_is_refused(self, session: Session, key: str) -> None:
        create_key(session, "platform", [Scope.CONSULT], now=NOW)
        with pytest.raises(KeyRefusedError):
            find_key(session, key, now=NOW)

    def test_the_stored_hash_is_no_key(self, session: Session) -> None:
        create_key(session, "platform", [Scope.CONSULT], now=NOW)
        stored = session.exec(select(ApiKey)).one()
        with pytest.raises(KeyRefusedError):
            find_key(session, stored.key_hash, now=NOW)

    def test_a_revoked_key_is_refused(self, session: Session) -> None:
        key = create_key(session, "platform", [Scope.CONSULT], now=NOW)
        find_key(session, key, now=NOW).is_active = False
        session.flush()
        with pytest.raises(KeyRefusedError, match="已停用"):
            find_key(session, key, now=NOW)


class TestRequireScope:
    def test_a_key_may_do_what_it_was_made_for_and_nothing_else(self, session: Session) -> None:
        key = create_key(session, "platform", [Scope.CONSULT, Scope.LEDGER], now=NOW)
        found = find_key(session, key, now=NOW)
        require_scope(found, Scope.CONSULT)
        require_scope(found, Scope.LEDGER)
        for scope in (Scope.KNOWLEDGE, Scope.REPORTS):
            with pytest.raises(ScopeMissingError, match=scope):
                require_scope(found, scope)
