"""Puts the pages and what they load into the application."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from qa_service.web import (
    account,
    answers,
    ask,
    audit,
    bank_files,
    cleanup,
    contradictions,
    coverage,
    deliveries,
    ledger,
    ledger_moves,
    media,
    oidc,
    pairs,
    policies,
    queue,
    recalls,
    reviews,
    sign_in,
    staff,
    words,
)
from qa_service.web.access import (
    CodeNeededError,
    PasswordChangeNeededError,
    SecondFactorNeededError,
    SignInNeededError,
    to_account,
    to_code,
    to_password,
    to_sign_in,
)
from qa_service.web.rendering import STATIC_FOLDER

ROUTERS = (
    ask.router,
    ledger.router,
    ledger_moves.router,
    queue.router,
    recalls.router,
    reviews.router,
    pairs.router,
    policies.router,
    cleanup.router,
    coverage.router,
    contradictions.router,
    bank_files.router,
    media.router,
    words.router,
    answers.router,
    account.router,
    oidc.router,
    staff.router,
    audit.router,
    deliveries.router,
    sign_in.router,
    sign_in.account_router,
)
"""Every page there is; a test holds each against the table of permissions."""


def mount_pages(app: FastAPI) -> None:
    """Every page of the operators, and their static files under ``/static``."""
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(SignInNeededError, to_sign_in)
    app.add_exception_handler(CodeNeededError, to_code)
    app.add_exception_handler(SecondFactorNeededError, to_account)
    app.add_exception_handler(PasswordChangeNeededError, to_password)
