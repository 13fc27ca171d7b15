"""Ten thousand clients at once: some are served, the others are told to come again."""

import asyncio
import resource
from collections import Counter

import httpx
import pytest
from forked_service import Home, Nursery

from qa_service.server.timeouts import MAX_CONNECTIONS

pytestmark = pytest.mark.faults

CLIENTS = 10_000
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
SPARE_HANDLES = 1_000


async def ask_all(port: int) -> Counter[int]:
    """The statuses of every client, each of which keeps its connection open to the end."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
    statuses: Counter[int] = Counter()
    for _, writer in opened:
        writer.write(REQUEST)
    for reader, _ in opened:
        line = await asyncio.wait_for(reader.readline(), timeout=60)
        statuses[int(line.split()[1]) if line else 0] += 1
    for _, writer in opened:
        writer.close()
    return statuses


def test_are_answered_or_refused_politely_and_then_all_is_well(
    home_on_sqlite: Home, nursery: Nursery
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CLIENTS + SPARE_HANDLES:
        pytest.skip(f"at most {hard} handles a process here")
    service = nursery.start(home_on_sqlite)
    wanted = (CLIENTS + SPARE_HANDLES, hard)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, wanted)
    try:
        statuses = asyncio.run(ask_all(int(service.url.rsplit(":", 1)[1])))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert set(statuses) <= {200, 503, 0}
    assert statuses[200] <= MAX_CONNECTIONS
    assert statuses[503] > 0
    assert httpx.get(f"{service.url}/readyz").status_code == 200
    service.kill()
