"""Prometheus metrics that the service updates as it runs."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30)

REQUEST_SECONDS = Histogram(
    "qa_request_seconds", "Answering a request", ["method", "route", "status"], buckets=_SECONDS
)
STAGE_SECONDS = Histogram(
    "qa_search_stage_seconds", "One stage of a search", ["stage"], buckets=_SECONDS
)
VERDICTS = Counter("qa_verdicts_total", "Searches by what was decided", ["verdict"])
JOB_FAILURES = Counter("qa_job_failures_total", "Scheduled jobs that failed", ["duty"])
# Of several processes the value of the one that ran the job last is reported.
JOB_LAST_SUCCESS = Gauge(
    "qa_job_last_success_timestamp",
    "When a scheduled job last ended well, in seconds since 1970",
    ["duty"],
    multiprocess_mode="max",
)


def note_search(verdict: str, timings_ms: dict[str, float]) -> None:
    """Count one search; ``timings_ms`` are milliseconds by stage."""
    VERDICTS.labels(verdict).inc()
    for stage, spent in timings_ms.items():
        STAGE_SECONDS.labels(stage).observe(spent / 1000)
