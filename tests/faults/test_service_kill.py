"""A service killed under load, again and again: nothing it acknowledged is ever lost.

``QA_TEST_KILLS=200`` kills it as often as a release should be; the default is for every day.
"""

import os
import random
import signal
from dataclasses import dataclass

import httpx
import pytest
from forked_service import Home, Nursery, Service
from load import Load

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


def check_index(home: Home, load: Load, url: str) -> None:
    """The index is that of the database; a wording nobody has confirmed is not found by it."""
    ready = httpx.get(f"{url}/readyz").json()
    assert [(ready["index_revision"],)] == home.ask("SELECT revision FROM index_revision")
    for wording in load.variants[-3:]:
        found = httpx.get(
            f"{url}/api/v1/search",
            params={"q": wording},
            headers={"Authorization": f"Bearer {load.key}"},
        ).json()
        assert wording not in [one["matched_text"] for one in found["candidates"]]


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
        again = nursery.start(home)
        load.settle(again.url)
        assert not load.refusals, load.told
        check_kept(home, load)
        check_index(home, load, again.url)
        assert again.kill(signal.SIGTERM) in {0, -signal.SIGTERM}
