import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from qa_service.accounts.api_keys import create_key, find_key
from qa_service.accounts.idempotency import (
    KEPT_FOR,
    NOT_COMPARED,
    IdempotencyKeyReusedError,
    InvalidIdempotencyKeyError,
    claim,
    complete,
    delete_expired,
    request_hash,
)
from qa_service.accounts.models import IdempotencyRecord
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PATH = "/api/v1/consultations"
CIPHER = FieldCipher.of(bytes(range(32)))


def hash_of(method: str, path: str, body: dict[str, object], *, key: int = 1) -> str:
    return request_hash(CIPHER, key, method, path, body)


ASKED = hash_of("POST", PATH, {"question": "低保怎么申请？"})
ANSWER = {"verdict": "answered"}


def make_key(session: Session, name: str = "platform") -> int:
    key = find_key(session, create_key(session, name, [Scope.CONSULT], now=NOW), now=NOW)
    assert key.id is not None
    return key.id


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(IdempotencyRecord)).one()


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        yield opened


class TestRequestHash:
    def test_the_order_of_the_fields_does_not_matter(self) -> None:
        one = hash_of("POST", PATH, {"a": 1, "b": {"c": 2, "d": 3}})
        other = hash_of("POST", PATH, {"b": {"d": 3, "c": 2}, "a": 1})
        assert one == other

    def test_method_path_and_body_all_count(self) -> None:
        asked = [
            hash_of("POST", PATH, {"a": 1}),
            hash_of("PUT", PATH, {"a": 1}),
            hash_of("POST", f"{PATH}/1", {"a": 1}),
            hash_of("POST", PATH, {"a": "1"}),
            hash_of("POST", PATH, {}),
        ]
        assert len(set(asked)) == len(asked)

    def test_is_keyed_so_that_no_number_is_found_by_trying(self) -> None:
        body = {"asker": {"phone": "13900000000"}}
        other = FieldCipher.of(bytes(32))
        hashes = {
            hash_of("POST", PATH, body),
            hash_of("POST", PATH, body, key=2),
            request_hash(other, 1, "POST", PATH, body),
            CIPHER.lookup_hash(json.dumps([1, "POST", PATH, body], sort_keys=True)),
            sha256(json.dumps(["POST", PATH, body], sort_keys=True).encode()).hexdigest(),
            sha256(json.dumps([1, "POST", PATH, body], sort_keys=True).encode()).hexdigest(),
        }
        assert len(hashes) == 6


class TestClaim:
    def test_a_first_request_has_no_answer_yet(self, session: Session) -> None:
        record = claim(session, make_key(session), "T-1", ASKED, now=NOW)
        assert record.status_code == 0

    def test_the_same_request_finds_the_first_answer(self, session: Session) -> None:
        key = make_key(session)
        complete(session, claim(session, key, "T-1", ASKED, now=NOW), 201, ANSWER)
        again = claim(session, key, "T-1", ASKED, now=NOW)
        assert (again.status_code, again.body) == (201, ANSWER)
        assert count(session) == 1

    def test_another_request_under_the_key_is_refused(self, session: Session) -> None:
        key = make_key(session)
        claim(session, key, "T-1", ASKED, now=NOW)
        with pytest.raises(IdempotencyKeyReusedError):
            claim(session, key, "T-1", hash_of("POST", PATH, {}), now=NOW)

    def test_a_repeat_across_the_upgrade_finds_its_answer(self, session: Session) -> None:
        key = make_key(session)
        first = claim(session, key, "T-1", ASKED, now=NOW)
        complete(session, first, 201, ANSWER)
        first.request_hash = NOT_COMPARED
        session.flush()
        assert claim(session, key, "T-1", ASKED, now=NOW).body == ANSWER

    def test_two_callers_may_use_the_same_key(self, session: Session) -> None:
        first = claim(session, make_key(session, "one"), "T-1", ASKED, now=NOW)
        complete(session, first, 201, ANSWER)
        other = claim(session, make_key(session, "two"), "T-1", ASKED, now=NOW)
        assert other.status_code == 0

    @pytest.mark.parametrize("key", ["", " ", "\u3000", "a\nb", "a\x00", "\ud800", "a" * 201])
    def test_an_unusable_key_is_refused(self, session: Session, key: str) -> None:
        api_key = make_key(session)
        with pytest.raises(InvalidIdempotencyKeyError):
            claim(session, api_key, key, ASKED, now=NOW)
        assert count(session) == 0

    @pytest.mark.parametrize("key", ["1", "a" * 200, "T 1", "工单-1"])
    def test_visible_characters_make_a_key(self, session: Session, key: str) -> None:
        assert claim(session, make_key(session), key, ASKED, now=NOW).idempotency_key == key

    def test_a_request_that_fails_leaves_the_key_free(self, database: Engine) -> None:
        with session_scope(database) as session:
            key = make_key(session)
        with pytest.raises(ZeroDivisionError), session_scope(database) as session:
            claim(session, key, "T-1", ASKED, now=NOW)
            raise ZeroDivisionError
        with session_scope(database) as session:
            other = hash_of("POST", PATH, {"question": "另一个问题"})
            assert claim(session, key, "T-1", other, now=NOW).status_code == 0


def answer_once(engine: Engine) -> list[tuple[bool, int]]:
    """Two simultaneous requests: whether each had to do the work, and its status."""
    with session_scope(engine) as session:
        key = make_key(session)
    barrier = Barrier(2)

    def request(number: int) -> tuple[bool, int]:
        barrier.wait(timeout=60)
        with session_scope(engine) as session:
            record = claim(session, key, "T-1", ASKED, now=NOW)
            is_first = record.status_code == 0
            if is_first:
                complete(session, record, 201 + number, ANSWER)
            return is_first, record.status_code

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(request, range(2)))


class TestAtTheSameTime:
    def check(self, engine: Engine) -> None:
        outcomes = answer_once(engine)
        assert sorted(first for first, _ in outcomes) == [False, True]
        assert len({status for _, status in outcomes}) == 1

    def test_one_of_two_does_the_work_on_sqlite(self, database: Engine) -> None:
        self.check(database)

    @pytest.mark.postgres
    def test_one_of_two_does_the_work_on_postgresql(self, migrated_postgres: Engine) -> None:
        self.check(migrated_postgres)


class TestForgetOld:
    def test_an_answer_is_given_again_for_a_week_and_then_forgotten(self, session: Session) -> None:
        key = make_key(session)
        complete(session, claim(session, key, "T-1", ASKED, now=NOW), 201, ANSWER)
        assert delete_expired(session, now=NOW + KEPT_FOR) == 0
        assert claim(session, key, "T-1", ASKED, now=NOW).body == ANSWER
        assert delete_expired(session, now=NOW + KEPT_FOR + timedelta(seconds=1)) == 1
        assert claim(session, key, "T-1", ASKED, now=NOW).status_code == 0
