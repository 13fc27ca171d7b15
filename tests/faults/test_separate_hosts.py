"""Services, engine and replicated database on hosts of their own: links are cut, processes killed.

Each host is a network namespace, so a cut link behaves as in production: what is sent is lost and
nobody is told, whereas a killed process refuses at once (``test_whole_service.py``).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from forked_service import Home, make_home, open_nursery
from network import Network, may_make_namespaces, open_network
from postgres_pair import PostgresPair, open_postgres_pair
from seekdb_server import SeekdbServer, open_seekdb
from service_host import Host, fill
from spread_load import SpreadLoad
from test_service_kill import check_kept

from qa_service.retrieval.backends.oceanbase.connection import Connection

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.skipif(not may_make_namespaces(), reason="namespaces need CAP_SYS_ADMIN"),
]

KNOWN = "社保卡丢了怎么补办？"
PATIENCE = 8.0
"""Seconds callers wait before they turn to the other service."""


@dataclass
class Province:
    """Two hosts of the service and all they need, each on a host of its own."""

    network: Network
    home: Home
    pair: PostgresPair
    engine: SeekdbServer
    services: list[Host]


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    with ExitStack() as stack:
        network = stack.enter_context(open_network())
        first, second = (network.add(10 + at, name) for at, name in enumerate("ab"))
        nurseries = [stack.enter_context(open_nursery(place=place)) for place in (first, second)]
        engine = stack.enter_context(open_seekdb(network.add(20, "engine")))
        pair = stack.enter_context(
            open_postgres_pair(network.add(30, "primary"), network.add(31, "replica"))
        )
        connection = Connection(engine.address("oceanbase"))
        connection.rows("CREATE DATABASE qa")
        connection.close()
        home = make_home(tmp_path, pair.url)
        stack.callback(home.database.dispose)
        fill(home, engine.url("qa"))
        services = [
            Host(name, nursery, home, engine.url("qa"), stands_by)
            for name, nursery, stands_by in zip("ab", nurseries, (True, False), strict=True)
        ]
        yield Province(network, home, pair, engine, services)


def test_a_cut_link_and_a_killed_process_lose_nothing_and_answers_go_on(
    province: Province,
) -> None:
    home = province.home
    urls = [host.start() for host in province.services]
    assert len({url.rpartition(":")[0] for url in urls}) == 2, "each has an address of its own"
    load = SpreadLoad(urls, home.key, KNOWN, patience=PATIENCE)
    load.start()
    try:
        load.wait_for_more()
        cut_off_a_service(load, province)
        cut_off_the_engine(load, province)
        kill_a_service(load, province)
        cut_off_the_primary(load, province)
    finally:
        load.stop()
    assert load.faults == []
    load.settle()
    assert load.faults == []
    home.database.dispose()  # its connections wait for the primary that is cut off
    check_kept(home, load)  # type: ignore[arg-type]  # it asks for entries and variants alone


def cut_off_a_service(load: SpreadLoad, province: Province) -> None:
    """Callers turn to the other one."""
    province.network.cut("b")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{load.urls[1]}/healthz", timeout=2)
    load.wait_for_more()
    province.network.mend("b")


def cut_off_the_engine(load: SpreadLoad, province: Province) -> None:
    """An index that stands by answers; without one questions are registered, with the reason."""
    first, second = province.services
    unfound = load.unfound
    province.network.cut("engine")
    load.wait(lambda told: told.unfound > unfound)
    load.wait_for_more()
    assert "正用本机索引检索" in first.reason()
    assert "请先登记" in second.reason()
    province.network.mend("engine")
    for host in province.services:
        host.until_recovered()
    load.wait_for_more()


def kill_a_service(load: SpreadLoad, province: Province) -> None:
    """The other one goes on, and the killed one comes back."""
    host = province.services[0]
    host.kill()
    load.wait_for_more()
    load.urls[0] = host.start()
    load.wait_for_more()


def cut_off_the_primary(load: SpreadLoad, province: Province) -> None:
    """Callers are told why, until the replica takes over; no service is restarted for it."""
    said = len(load.reasons)
    province.network.cut("primary")
    load.wait(lambda told: len(told.reasons) > said)
    province.pair.promote()
    load.wait_for_more()
    assert all("请稍后重试" in reason for reason in load.reasons)
