"""A service killed under load, again and again: nothing it acknowledged is ever lost.

``QA_TEST_KILLS=200`` kills it as often as a release should be; the default is for every day.
"""

import os
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from actors import person
from forked_service import Home, Nursery, Service
from load import PATIENCE_SECONDS, Load
from sqlmodel import select

from qa_service.knowledge.models import SuggestedVariant
from qa_service.knowledge.pairs.variants.deciding import accept_suggestion
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.storage.engine import session_scope

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("QA_TEST_KILLS", "3"))
A_HOME = 50
"""Kills that one database lives through: more, and its pairs hold all the wordings they may."""
BATCHES = [A_HOME] * (KILLS // A_HOME) + [KILLS % A_HOME] * bool(KILLS % A_HOME)
MOST_WRITES = 30

TWICE = "SELECT external_id FROM consultation GROUP BY external_id HAVING count(*) > 1"
MISPLACED = """
SELECT number FROM ledger_entry AS entry WHERE entry.state != (
    SELECT to_state FROM ledger_event WHERE entry_id = entry.id ORDER BY id DESC LIMIT 1
)
"""
GAPS = """
SELECT (SELECT coalesce(sum(last), 0) FROM ledger_sequence) - (SELECT count(*) FROM ledger_entry)
"""
UNTOLD = """
SELECT number FROM ledger_entry
WHERE number NOT IN (SELECT subject FROM outbox_event WHERE topic = 'ledger.register')
"""
UNANSWERED = "SELECT id FROM idempotency_record WHERE status_code = 0"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest) -> Home:
    """Where the service lives."""
    home: Home = request.getfixturevalue(f"home_on_{request.param}")
    return home


@dataclass
class Killer:
    """Ends a service once it has acknowledged so many writes."""

    service: Service
    writes: int
    ended: int | None = None

    def strike(self, load: Load) -> bool:
        """Whether it was time."""
        if load.acknowledged < self.writes:
            return False
        self.ended = self.service.kill()
        return True


def check_kept(home: Home, load: Load) -> None:
    """Everything acknowledged is there once, and nothing is half done."""
    numbers = {number for (number,) in home.ask("SELECT number FROM ledger_entry")}
    assert set(load.entries.values()) <= numbers
    assert len(set(load.entries.values())) == len(load.entries)
    kept = {wording for (wording,) in home.ask("SELECT text FROM suggested_variant")}
    assert set(load.variants) <= kept
    for nothing in (TWICE, MISPLACED, UNTOLD, UNANSWERED):
        assert home.ask(nothing) == []
    assert home.ask(GAPS) == [(0,)]
    if home.database.dialect.name == "sqlite":
        assert home.ask("PRAGMA integrity_check") == [("ok",)]


def confirm(home: Home, wordings: Sequence[str]) -> None:
    """A second person's yes to acknowledged wordings, given beside the service."""
    with session_scope(home.database) as session:
        for wording in wordings:
            found = select(SuggestedVariant.id).where(SuggestedVariant.text == wording)
            accept_suggestion(
                session,
                session.exec(found).one() or 0,
                text_check=text_problems,
                by=person("fuhe"),
                now=datetime.now(UTC),
            )


def check_index(home: Home, load: Load, url: str) -> None:
    """The index is that of the database: a wording is found once a second person confirmed it."""
    last = load.variants[-3:]
    assert not set(last) & found_by(load, url, last)
    confirm(home, last)
    check_found(home, load, url, last)


def check_found(home: Home, load: Load, url: str, wordings: Sequence[str]) -> None:
    """The index has the database's revision, and finds each wording first."""
    ready = httpx.get(f"{url}/readyz", timeout=PATIENCE_SECONDS).json()
    assert [(ready["index_revision"],)] == home.ask("SELECT revision FROM index_revision")
    assert found_by(load, url, wordings) == set(wordings)


def found_by(load: Load, url: str, wordings: Sequence[str]) -> set[str]:
    """The texts that are found first when each wording is searched for."""
    headers = {"Authorization": f"Bearer {load.key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
        answers = [
            client.get("/api/v1/search", params={"q": wording}).json() for wording in wordings
        ]
    return {one["candidates"][0]["matched_text"] for one in answers if one["candidates"]}


@pytest.mark.parametrize("kills", BATCHES)
def test_no_acknowledged_write_is_lost_and_the_index_is_repaired(
    home: Home, nursery: Nursery, kills: int
) -> None:
    chance = random.Random()  # noqa: S311
    for _ in range(kills):
        service = nursery.start(home)
        load, killer = Load(service.url, home.key), Killer(service, chance.randint(1, MOST_WRITES))
        load.run(killer.strike)
        assert killer.ended == -signal.SIGKILL
        check_kept(home, load)
        # The bank goes on while the service is away: the index on disk is behind it.
        meanwhile = load.variants[-3:]
        confirm(home, meanwhile)
        again = nursery.start(home)
        check_found(home, load, again.url, meanwhile)
        load.settle(again.url)
        assert not load.refusals, load.told
        check_kept(home, load)
        load.variants = [one for one in load.variants if one not in meanwhile]
        check_index(home, load, again.url)
        assert again.kill(signal.SIGTERM) in {0, -signal.SIGTERM}
