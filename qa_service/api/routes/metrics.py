"""``/metrics`` for Prometheus; requires an API key with the reports scope."""

import os
from collections.abc import Iterator

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlmodel import Session

from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import reader_with
from qa_service.api.problems import problem_responses
from qa_service.clock import beijing_day
from qa_service.knowledge.revision import bank_stamp
from qa_service.outbox.dead_letters import depth
from qa_service.reporting.board import open_board
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.vocabulary import Scope

router = APIRouter(
    tags=["运行状况"],
    dependencies=[Depends(reader_with(Permission.WATCH_BOARD, Scope.REPORTS))],
)

SHARED_BY_WORKERS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable naming the folder in which all workers keep their counts."""


@router.get(
    "/metrics",
    summary="运行指标（Prometheus）",
    response_class=Response,
    responses=problem_responses() | {200: {"content": {"text/plain": {}}}},
)
def metrics(services: ServicesDep, session: ReadSession) -> Response:
    """Return counters and timings of all workers, and gauges of ledger, index and outbox."""
    counted = REGISTRY
    if SHARED_BY_WORKERS in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    standing = CollectorRegistry()
    standing.register(_Standing(services, session))
    body = generate_latest(counted) + generate_latest(standing)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


class _Standing:
    """Prometheus collector of the gauges read from the database on each scrape."""

    def __init__(self, services: Services, session: Session) -> None:
        self._parts = services
        self._session = session

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge with its values."""
        today = beijing_day(self._parts.clock.now())
        board = open_board(self._session, today=today, calendar=self._parts.calendar)
        states = GaugeMetricFamily(
            "qa_ledger_entries", "Entries whose asker waits", labels=["state"]
        )
        for state, count in board.states.items():
            states.add_metric([state.value], count)
        yield states
        due = GaugeMetricFamily("qa_ledger_due", "The same by days left", labels=["due"])
        for bucket, count in board.totals.items():
            due.add_metric([bucket.value], count)
        yield due
        waiting, dead = depth(self._session)
        events = GaugeMetricFamily("qa_outbox_events", "Events not delivered", labels=["state"])
        events.add_metric(["waiting"], waiting)
        events.add_metric(["parked"], dead)
        yield events
        _, revision, _ = bank_stamp(self._session)
        index_sync = self._parts.index_sync
        yield GaugeMetricFamily(
            "qa_index_revision_lag",
            "Revisions this process has not taken in yet",
            value=max(0, revision - index_sync.revision),
        )
        yield GaugeMetricFamily(
            "qa_indexed_pairs", "Pairs that can be found", value=len(index_sync.engine.index)
        )
        yield GaugeMetricFamily(
            "qa_degraded",
            "1 when nothing is answered outright",
            value=int(self._parts.degradation is not None),
        )
