"""The feed of changes, and a mirror that lives by it alone."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import STARTER_BANK
from qa_service.clock import FixedClock
from qa_service.knowledge.change_feed import list_changes, note_changes
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.models import PairChange, QAPair
from qa_service.knowledge.pairs.service import find_pair, mark_changed, withdraw_pair
from qa_service.knowledge.revision import raise_revision
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus

EDITS = 10_000
ALONE = 5
"""Edits of one transaction, one by one, as people make them."""
TOGETHER = 95
"""Edits of the same transaction made as one, as imports and ended documents do."""


class CrashError(Exception):
    """The process died before it could commit."""


class Mirror:
    """A second system: what it knows of each pair, and how far it has read."""

    def __init__(self) -> None:
        self.pairs: dict[int, int] = {}
        self.since = 0
        self.seen: list[int] = []

    def read(self, session: Session, limit: int) -> bool:
        page = list_changes(session, after=self.since, limit=limit)
        for change in page.items:
            self.seen.append(change.id or 0)
            if change.kind is PairStatus.PUBLISHED:
                self.pairs[change.pair_id] = change.revision
            else:
                self.pairs.pop(change.pair_id, None)
        self.since = page.next_after
        return bool(page.items)


def told(session: Session) -> dict[int, int]:
    published = select(QAPair.id, QAPair.revision).where(QAPair.status == PairStatus.PUBLISHED)
    return {pair_id: revision for pair_id, revision in session.exec(published).all() if pair_id}


def turn(session: Session, pair_id: int, services: Services) -> None:
    """Withdraw a published pair, publish a withdrawn one: what a day of edits comes to."""
    pair, now = find_pair(session, pair_id), services.clock.now()
    if pair.status is PairStatus.PUBLISHED and pair_id % 3:
        pair.status = PairStatus.WITHDRAWN
    else:
        pair.status = PairStatus.PUBLISHED
    mark_changed(session, pair, now)


def turn_together(session: Session, pair_ids: list[int], services: Services) -> None:
    """The same for many pairs under one revision."""
    revision = raise_revision(session)
    for status in (PairStatus.PUBLISHED, PairStatus.WITHDRAWN):
        some = [
            pair_id for pair_id in pair_ids if (pair_id + revision) % 2 == (status == "published")
        ]
        changed = update(QAPair).where(col(QAPair.id).in_(some))
        session.execute(changed.values(status=status, revision=revision))
    note_changes(session, pair_ids, revision=revision, now=services.clock.now())


@pytest.mark.slow
class TestMirror:
    def test_is_equal_after_ten_thousand_edits_with_crashes(self, services: Services) -> None:
        chance, mirror = random.Random(20261125), Mirror()  # noqa: S311
        with session_scope(services.database, read_only=True) as session:
            ids = [id_ for id_ in session.exec(select(QAPair.id)).all() if id_]
        edits = 0
        while edits < EDITS:
            try:
                with session_scope(services.database) as session:
                    some = [chance.choice(ids) for _ in range(ALONE)]
                    for pair_id in some:
                        turn(session, pair_id, services)
                    for _ in range(TOGETHER // len(ids) + 1):
                        turn_together(session, ids, services)
                        edits += len(ids)
                    edits += ALONE
                    if chance.random() < 0.1:
                        raise CrashError
            except CrashError:
                pass
            with session_scope(services.database, read_only=True) as session:
                mirror.read(session, chance.randint(1, 200))
        with session_scope(services.database, read_only=True) as session:
            while mirror.read(session, 500):
                pass
            assert mirror.pairs == told(session)
            assert mirror.seen == session.exec(select(PairChange.id).order_by(PairChange.id)).all()


class TestConcurrentWriters:
    @pytest.mark.postgres
    def test_give_numbers_in_the_order_of_their_commits(
        self, migrated_postgres: Engine, services: Services, clock: FixedClock
    ) -> None:
        with session_scope(migrated_postgres) as session:
            load_corpus(session, services.settings.corpus_dir, by=STARTER_BANK, now=clock.now())
            ids = [id_ for id_ in session.exec(select(QAPair.id)).all() if id_]
        mirror, done = Mirror(), []

        def write(number: int) -> None:
            for _ in range(20):
                with session_scope(migrated_postgres) as session:
                    turn(session, ids[number % len(ids)], services)
            done.append(number)

        with ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(write, number) for number in range(4)]
            while len(done) < 4 and not any(one.done() and one.exception() for one in writers):
                with session_scope(migrated_postgres, read_only=True) as session:
                    mirror.read(session, 7)
        for writer in writers:
            writer.result()
        with session_scope(migrated_postgres, read_only=True) as session:
            while mirror.read(session, 100):
                pass
            assert mirror.pairs == told(session)
            written = session.exec(select(PairChange.id).order_by(col(PairChange.id))).all()
            assert mirror.seen == written


class TestKinds:
    def test_a_withdrawal_is_told_once(self, services: Services) -> None:
        mirror = Mirror()
        with session_scope(services.database) as session:
            mirror.read(session, 1000)
            before = len(mirror.seen)
            withdraw_pair(session, find_pair(session, 1), "口径有误", now=services.clock.now())
            mirror.read(session, 1000)
        assert len(mirror.seen) == before + 1
        assert 1 not in mirror.pairs
