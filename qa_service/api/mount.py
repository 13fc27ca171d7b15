"""Adds REST to the application."""

from fastapi import FastAPI

from qa_service.api import docs_page
from qa_service.api.routes import (
    changes,
    consultations,
    directory,
    health,
    ledger,
    ledger_amendments,
    ledger_moves,
    metrics,
    pairs,
    policies,
    reports,
    sent_answers,
    tasks,
)
from qa_service.api.routes import correction_callbacks as recalls

PREFIX = "/api/v1"


def mount_api(app: FastAPI) -> None:
    """Add every REST route to ``app``, whose ``state.services`` must hold the services."""
    ledgers = (ledger, ledger_moves, ledger_amendments)
    watched = (recalls, sent_answers, reports, tasks)
    for routes in (consultations, pairs, changes, policies, directory, *ledgers, *watched):
        app.include_router(routes.router, prefix=PREFIX)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(docs_page.router)
