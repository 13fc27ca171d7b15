"""Pages of the review's settings: stage table, words of the pre-checks, list of the gate opened."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.accounts.users import display_names
from qa_service.errors import QAServiceError
from qa_service.knowledge.gates import Proofreading, StageRule
from qa_service.knowledge.review.check_words import (
    InvalidCheckWordsError,
    list_check_words,
    set_check_words,
)
from qa_service.knowledge.review.grounds import groundless_pairs
from qa_service.knowledge.review.plan import (
    SIGNING_ROLES,
    InvalidPlanError,
    describe,
    list_plans,
    newest_plan,
)
from qa_service.knowledge.review.plan_proposals import (
    NoPlanProposedError,
    NotYourPlanError,
    PlanPendingError,
    confirm_plan,
    open_plan,
    propose_plan,
    refuse_plan,
    why_not_confirm_plan,
)
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Gate, Role, Stage
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import SubmittedForm, member_or_none, problems_by_field
from qa_service.web.kit.parameters import After, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 50
PLAN_REFUSALS = (InvalidPlanError, NoPlanProposedError, NotYourPlanError, PlanPendingError)
_LISTS = ("blocked", "warned", "leaders")


@router.get("/review-plan", dependencies=[permits(Permission.READ_BANK)])
def plan_page(visit: Page, session: ReadSession) -> Response:
    """Show the stage table in use, a change that waits, and earlier versions."""
    return _plan_page(visit, session, visit.services.review_table(session).rules)


@router.post("/review-plan", dependencies=[permits(Permission.SET_REVIEW)])
def change_plan(visit: Page) -> Response:
    """Propose a new stage table; an invalid one is shown as it was filled in."""
    rules = _submitted_rules(visit.form)
    try:
        with visit.write() as session:
            note = visit.form.text("note")
            propose_plan(session, rules, note=note, by=visit.actor, now=visit.now)
    except PLAN_REFUSALS as error:
        with visit.read() as session:
            return _plan_page(visit, session, rules, refusal=error)
    return visit.lead("/review-plan", Done.PROPOSED)


@router.post("/review-plan/{plan_id}", dependencies=[permits(Permission.CONFIRM_REVIEW)])
def decide_plan(visit: Page, plan_id: RowId) -> Response:
    """Put the proposed stage table in use as the second person, refuse it, or take it back."""
    reason, by, now = visit.form.text("reason"), visit.actor, visit.now
    try:
        with visit.write() as session:
            if visit.form.text("then") == "confirm":
                confirm_plan(session, plan_id, by=by, now=now)
            else:
                refuse_plan(session, plan_id, reason, by=by, now=now)
    except PLAN_REFUSALS as error:
        with visit.read() as session:
            rules = visit.services.review_table(session).rules
            return _plan_page(visit, session, rules, refusal=error)
    return visit.lead("/review-plan", Done.DECIDED)


@router.get("/check-words", dependencies=[permits(Permission.KEEP_CHECK_WORDS)])
def check_words_page(visit: Page, session: ReadSession) -> Response:
    """Show the words that pre-checks look for."""
    newest = next(iter(list_check_words(session, limit=1)), None)
    texts = {name: getattr(newest, name) if newest else "" for name in _LISTS}
    return _words_page(visit, session, texts)


@router.post("/check-words", dependencies=[permits(Permission.KEEP_CHECK_WORDS)])
def change_check_words(visit: Page) -> Response:
    """Put a new version of the words in use; invalid input is shown as typed."""
    texts = {name: visit.form.text(name) for name in _LISTS}
    note = visit.form.text("note")
    try:
        with visit.write() as session:
            set_check_words(session, **texts, note=note, by=visit.actor, now=visit.now)
    except InvalidCheckWordsError as error:
        with visit.read() as session:
            return _words_page(visit, session, texts, refusal=error)
    return visit.lead("/check-words", Done.SAVED)


@router.get("/groundless", dependencies=[permits(Permission.READ_BANK)])
def groundless_page(visit: Page, session: ReadSession, after: After = 0) -> Response:
    """List published answers without a public basis, with the reason and its writer."""
    found = groundless_pairs(
        session, day=visit.today, within=visit.user.bank_units, after=after, limit=PAGE_PAIRS + 1
    )
    rows = found[:PAGE_PAIRS]
    context = {
        "rows": rows,
        "units": {unit.id: unit.name for unit in list_units(session)},
        "names": display_names(session, {one.author_id for one in rows if one.author_id}),
        "next_after": rows[-1].pair_id if len(found) > PAGE_PAIRS else None,
    }
    return visit.show("bank/review/groundless.html", context)


def _submitted_rules(form: SubmittedForm) -> list[StageRule]:
    """Return the rows of the form whose stage is used."""
    used = form.texts("stage")
    return [_submitted_rule(form, stage) for stage in Stage if stage.value in used]


def _submitted_rule(form: SubmittedForm, stage: Stage) -> StageRule:
    ticked = form.texts(f"{stage.value}-gates")
    proofreading = member_or_none(Proofreading, form.text(f"{stage.value}-proofreading"))
    return StageRule(
        stage,
        member_or_none(Role, form.text(f"{stage.value}-role")) or Role.REVIEWER,
        tuple(gate for gate in Gate if gate.value in ticked),
        proofreading or Proofreading.SHARED,
    )


def _plan_page(
    visit: PageContext,
    session: Session,
    rules: tuple[StageRule, ...] | list[StageRule],
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    proposed = open_plan(session)
    may_decide = visit.user.may(Permission.CONFIRM_REVIEW)
    context = {
        "proposed": proposed,
        "proposed_lines": [describe(rule) for rule in proposed.rules] if proposed else (),
        "may_decide": may_decide,
        "why_not": why_not_confirm_plan(visit.actor, proposed) if proposed else None,
        "in_use": newest_plan(session),
        "rules": {rule.stage: rule for rule in rules},
        "stages": list(Stage),
        "gates": list(Gate),
        "roles": SIGNING_ROLES,
        "proofreadings": list(Proofreading),
        "plans": [(plan, [describe(rule) for rule in plan.rules]) for plan in list_plans(session)],
        "two_persons": visit.services.settings.review_two_persons,
        "may_change": visit.user.may(Permission.SET_REVIEW),
        "note": visit.form.text("note"),
        "reason": visit.form.text("reason"),
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("bank/review/plan.html", context, status=422 if refusal else 200)


def _words_page(
    visit: PageContext,
    session: Session,
    texts: dict[str, str],
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    context = {
        "texts": texts,
        "versions": list_check_words(session),
        "note": visit.form.text("note"),
        "problems": problems_by_field(refusal),
    }
    return visit.show("bank/review/check_words.html", context, status=422 if refusal else 200)
