"""A change over REST that waits for another writer is a change of what that writer left."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from actors import person
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.authority import Authority
from qa_service.clock import FixedClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import BANK, content_in_work, edit_pair
from qa_service.knowledge.policies.service import change_policy, policy_content
from qa_service.services import Services, build_services
from qa_service.settings import Settings
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Role

pytestmark = pytest.mark.postgres

API = "/api/v1"
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
FIRST = person("编辑甲", Authority.of({Role.EDITOR}))
Change = Callable[[Session], object]


@pytest.fixture
def services(
    migrated_postgres: Engine,
    settings: Settings,
    clock: FixedClock,
    tokenizer: Tokenizer,
    cipher: FieldCipher,
) -> Iterator[Services]:
    """A service on PostgreSQL with the test bank, in which nothing is searched."""
    with session_scope(migrated_postgres) as session:
        load_corpus(session, settings.corpus_dir, by=STARTER_BANK, now=clock.now())
    yield build_services(
        settings,
        clock=clock,
        database=migrated_postgres,
        tokenizer=tokenizer,
        encoder=None,
        cipher=cipher,
    )


def patch_meanwhile(
    api: TestClient, services: Services, change: Change, path: str, **sent: Any
) -> Response:
    """The answer to a PATCH that came while another writer had made ``change``, not committed."""
    with ThreadPoolExecutor(1) as pool:
        with session_scope(services.database) as session:
            lock_for_transaction(session, BANK)
            change(session)
            patched = pool.submit(api.patch, path, **sent)
            with services.database.connect() as watching:
                while not watching.execute(WAITING).scalar_one() and not patched.done():
                    watching.rollback()
        return patched.result()


class TestPair:
    @pytest.fixture
    def change(self, services: Services, pair_id: int) -> Change:
        def write(session: Session) -> None:
            pair = session.get_one(QAPair, pair_id)
            content = replace(pair_content(session, pair), phone_script="请带身份证。")
            edit_pair(session, pair, content, by=FIRST, now=services.clock.now())

        return write

    @pytest.fixture
    def pair_id(self, services: Services) -> int:
        with session_scope(services.database, read_only=True) as session:
            return session.exec(select(QAPair.id).order_by(QAPair.key)).first() or 0

    def test_keeps_what_the_other_writer_changed(
        self, api: TestClient, services: Services, pair_id: int, change: Change
    ) -> None:
        sent = {"audience": "老年人"}
        done = patch_meanwhile(api, services, change, f"{API}/qa-pairs/{pair_id}", json=sent)
        assert done.status_code == 200, done.text
        with session_scope(services.database, read_only=True) as session:
            content = content_in_work(session, session.get_one(QAPair, pair_id))
        assert (content.phone_script, content.audience) == ("请带身份证。", "老年人")

    def test_is_not_changed_from_a_version_that_is_no_more(
        self, api: TestClient, services: Services, pair_id: int, change: Change
    ) -> None:
        path = f"{API}/qa-pairs/{pair_id}"
        read = {"If-Match": api.get(path).headers["ETag"]}
        sent = {"phone_script": "请带社保卡。"}
        stale = patch_meanwhile(api, services, change, path, json=sent, headers=read)
        assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")


def test_a_document_keeps_what_the_other_writer_changed(
    api: TestClient, services: Services
) -> None:
    with session_scope(services.database, read_only=True) as session:
        document_id = session.exec(select(PolicyDocument.id)).first()
    with session_scope(services.database) as session:
        session.get_one(PolicyDocument, document_id).is_public = False

    def change(session: Session) -> None:
        document = session.get_one(PolicyDocument, document_id)
        content = replace(policy_content(document), link="https://www.example.gov.cn/1")
        change_policy(session, document, content, by=FIRST, now=services.clock.now())

    interpreted = {
        "interpretation_title": "政策解读",
        "interpretation_link": "https://www.example.gov.cn/2",
    }
    path = f"{API}/policies/{document_id}"
    done = patch_meanwhile(api, services, change, path, json=interpreted)
    assert done.status_code == 200, done.text
    policy = done.json()["policy"]
    assert policy["link"] == "https://www.example.gov.cn/1"
    assert policy["interpretation_title"] == "政策解读"
