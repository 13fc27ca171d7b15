"""Puts the pages and what they load into the application."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from qa_service.web import (
    answers,
    ask,
    bank_files,
    cleanup,
    contradictions,
    coverage,
    ledger,
    ledger_moves,
    media,
    pairs,
    policies,
    queue,
    recalls,
    reviews,
    sign_in,
    words,
)
from qa_service.web.access import (
    PasswordChangeNeededError,
    SignInNeededError,
    to_password,
    to_sign_in,
)
from qa_service.web.rendering import STATIC_FOLDER


def mount_pages(app: FastAPI) -> None:
    """Every page of the operators, and their static files under ``/static``."""
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    for module in (
        ask,
        ledger,
        ledger_moves,
        queue,
        recalls,
        reviews,
        pairs,
        policies,
        cleanup,
        coverage,
        contradictions,
        bank_files,
        media,
        words,
        answers,
    ):
        app.include_router(module.router)
    app.include_router(sign_in.router)
    app.include_router(sign_in.account_router)
    app.add_exception_handler(SignInNeededError, to_sign_in)
    app.add_exception_handler(PasswordChangeNeededError, to_password)
