"""Two services, an engine and a replicated database: each is killed under load, nothing is lost.

What one of several hosts is in production, a process on a port of its own is here.
"""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from forked_service import Home, make_home, open_nursery
from postgres_pair import PostgresPair, open_postgres_pair
from seekdb_server import SeekdbServer
from service_host import Host, fill
from spread_load import SpreadLoad
from test_service_kill import check_kept

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres]

KNOWN = "社保卡丢了怎么补办？"


@pytest.fixture(scope="module")
def pair() -> Iterator[PostgresPair]:
    with open_postgres_pair() as pair:
        yield pair


@pytest.fixture
def home(pair: PostgresPair, tmp_path: Path) -> Iterator[Home]:
    home = make_home(tmp_path, pair.url)
    yield home
    home.database.dispose()


@pytest.fixture
def hosts(home: Home, seekdb: SeekdbServer, seekdb_database: str) -> Iterator[list[Host]]:
    url = seekdb.url(seekdb_database)
    fill(home, url)
    with ExitStack() as stack:
        yield [
            Host(name, stack.enter_context(open_nursery()), home, url, stands_by)
            for name, stands_by in (("a", True), ("b", False))
        ]


def test_any_one_may_be_killed(
    hosts: list[Host], home: Home, seekdb: SeekdbServer, pair: PostgresPair
) -> None:
    first, second = hosts
    load = SpreadLoad([host.start() for host in hosts], home.key, KNOWN)
    assert home.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)]
    load.start()
    try:
        load.wait_for_more()
        kill_a_service(load, first)
        kill_the_engine(load, first, second, seekdb)
        kill_the_database(load, pair)
    finally:
        load.stop()
    assert load.faults == []
    load.settle()
    assert load.faults == []
    check_kept(home, load)  # type: ignore[arg-type]  # it asks for entries and variants alone


def kill_a_service(load: SpreadLoad, host: Host) -> None:
    """The other one goes on, and the host comes back under another address."""
    host.kill()
    load.wait_for_more()
    load.urls[0] = host.start()
    load.wait_for_more()


def kill_the_engine(load: SpreadLoad, first: Host, second: Host, seekdb: SeekdbServer) -> None:
    """An index that stands by answers; without one questions are registered, with the reason."""
    seekdb.stop(signal.SIGKILL)
    try:
        unfound = load.unfound
        load.wait_for_more()
        load.wait(lambda told: told.unfound > unfound)
        assert "正用本机索引检索" in first.reason()
        assert "请先登记" in second.reason()
        for at, host in enumerate((first, second)):
            host.kill()
            load.urls[at] = host.start()
        load.wait_for_more()
        assert "正用本机索引检索" in first.reason()
        assert "请先登记" in second.reason()
    finally:
        seekdb.start()
    for host in (first, second):
        host.until_recovered()
    load.wait_for_more()


def kill_the_database(load: SpreadLoad, pair: PostgresPair) -> None:
    """Callers are told why, until the replica takes over; no service is restarted for it."""
    said = len(load.reasons)
    pair.kill_primary()
    load.wait(lambda told: len(told.reasons) > said)
    pair.promote()
    load.wait_for_more()
    assert all("请稍后重试" in reason for reason in load.reasons)
