from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.api_keys import (
    KEY_PREFIX,
    InvalidKeyNameError,
    KeyNameTakenError,
    KeyRefusedError,
    ScopeMissingError,
    create_key,
    find_key,
    require_scope,
)
from qa_service.accounts.models import ApiKey
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        yield opened


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
