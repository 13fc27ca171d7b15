"""Mounts the page routers, static files and page error handlers on the application."""

from fastapi import FastAPI

from qa_service.web.accounts import account, deliveries, drafts, oidc, sign_in, staff
from qa_service.web.ask import as_of, sending
from qa_service.web.ask import outcome_routes as ask_outcomes
from qa_service.web.ask import routes as ask
from qa_service.web.bank import (
    calibration,
    contradictions,
    coverage,
    hit_test,
    import_export,
    lexicon,
    markdown_preview,
    media,
    policies,
    policy_corrections,
    policy_endings,
    upkeep,
)
from qa_service.web.bank.pairs import routes as pairs
from qa_service.web.bank.pairs import versions
from qa_service.web.bank.review import adoption, review_settings, reviews
from qa_service.web.desk import answers, reply
from qa_service.web.desk.mount import DESK_ROUTERS
from qa_service.web.kit.access import (
    CodeNeededError,
    PasswordChangeNeededError,
    SecondFactorNeededError,
    SignInNeededError,
    to_account,
    to_code,
    to_password,
    to_sign_in,
)
from qa_service.web.kit.static_files import VersionedFiles
from qa_service.web.ledger import (
    bulk,
    callbacks,
    complaints,
    correction_callbacks,
    move_routes,
    queue,
    todo,
)
from qa_service.web.ledger import routes as ledger
from qa_service.web.library import links as service_links
from qa_service.web.library import routes as library
from qa_service.web.publishing import booklets
from qa_service.web.supervision import (
    audit,
    board,
    consultation,
    figures,
    holidays,
    packages,
    search_first,
    units,
)
from qa_service.web.tasks import campaigns, crossing_off
from qa_service.web.tasks import routes as tasks
from qa_service.web.watch import alarms, escalations, reach, replays

ROUTERS = (
    ask.router,
    as_of.router,
    ask_outcomes.router,
    sending.router,
    board.router,
    ledger.router,
    bulk.router,
    move_routes.router,
    complaints.router,
    queue.router,
    todo.router,
    callbacks.router,
    correction_callbacks.router,
    reviews.router,
    versions.router,
    review_settings.router,
    adoption.router,
    hit_test.router,
    markdown_preview.router,
    pairs.router,
    policies.router,
    policy_corrections.router,
    policy_endings.router,
    upkeep.router,
    coverage.router,
    contradictions.router,
    import_export.router,
    booklets.router,
    media.router,
    lexicon.router,
    calibration.router,
    answers.router,
    reply.router,
    account.router,
    drafts.router,
    oidc.router,
    staff.router,
    audit.router,
    search_first.router,
    campaigns.router,
    crossing_off.router,
    tasks.router,
    alarms.router,
    escalations.router,
    replays.router,
    reach.router,
    library.router,
    service_links.router,
    packages.router,
    figures.router,
    consultation.router,
    units.router,
    holidays.router,
    deliveries.router,
    sign_in.router,
    sign_in.account_router,
    *DESK_ROUTERS,
)
"""Routers of all pages; a test compares each page with the table of permissions."""


def mount_pages(app: FastAPI) -> None:
    """Add all page routers, the static files under ``/static``, and the redirects for errors."""
    app.mount("/static", VersionedFiles(), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(SignInNeededError, to_sign_in)
    app.add_exception_handler(CodeNeededError, to_code)
    app.add_exception_handler(SecondFactorNeededError, to_account)
    app.add_exception_handler(PasswordChangeNeededError, to_password)
