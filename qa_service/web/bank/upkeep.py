"""Pages for the upkeep of the bank: rework tasks (返工) and the annual clean-up (全面清理)."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import ConflictError, ForbiddenError, NotFoundError, QAServiceError
from qa_service.knowledge.pairs.overlap.contradictions import count_open
from qa_service.knowledge.pairs.permissions import KEEPERS
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.questions import question_of
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.pairs.upcoming import due_counts
from qa_service.knowledge.policies.annual_review import (
    confirm,
    pairs_to_confirm,
    policies_to_confirm,
)
from qa_service.knowledge.policies.endings.ending import endings_to_decide
from qa_service.knowledge.policies.permissions import require_keeper
from qa_service.knowledge.policies.rework import (
    InvalidOutcomeError,
    ReworkClosedError,
    decline_rework,
    find_rework,
    rework_due,
    rework_owed,
)
from qa_service.knowledge.policies.service import get_policy
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.request_scope import ReadSession
from qa_service.web.bank.pairs.views import ReworkRow
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field, status_of
from qa_service.web.kit.parameters import After, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/upkeep", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 50


class UpkeepOwnerOnlyError(ForbiddenError):
    """The user belongs neither to the owning unit nor to the keepers of the whole bank."""

    code = "upkeep_owner_only"
    title = "不由您办理"


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def upkeep_page(visit: Page, session: ReadSession, after: After = 0) -> Response:
    """List rework, and pairs and documents to confirm, of the user's units or of all units."""
    return _page(visit, session, after=after)


@router.post("/rework/{task_id}", dependencies=[permits(Permission.KEEP_BANK)])
def decline(visit: Page, task_id: RowId) -> Response:
    """Close a rework task with the reason why the withdrawn pair gets no new answer."""
    outcome = visit.form.text("outcome")
    try:
        with visit.write() as session:
            task = find_rework(session, task_id)
            _require_owner(visit, task.unit_id)
            decline_rework(
                session,
                task,
                outcome,
                by=visit.actor,
                now=visit.now,
                evidence=visit.form.text("evidence"),
            )
    except (InvalidOutcomeError, ReworkClosedError) as error:
        with visit.read() as session:
            return _page(visit, session, refusal=error, refused_id=task_id)
    return visit.lead("/upkeep", Done.DECLINED)


@router.post("/pairs/{pair_id}", dependencies=[permits(Permission.KEEP_BANK)])
def confirm_pair(visit: Page, pair_id: RowId) -> Response:
    """Confirm that a pair is still valid."""
    with visit.write() as session:
        pair = find_pair(session, pair_id)
        _require_owner(visit, pair.unit_id)
        confirm(session, pair, by=visit.actor, day=visit.today)
    came_from = "/queue" if visit.form.text("from") == "queue" else "/upkeep"
    return visit.lead(came_from, Done.CONFIRMED)


@router.post("/confirm", dependencies=[permits(Permission.KEEP_BANK)])
def confirm_many(visit: Page) -> Response:
    """Confirm each pair chosen, with what became of it; one refused stops no other."""
    ids = [int(one) for one in visit.form.texts("pairs") if one.isdecimal() and len(one) < 10]
    chosen = tuple(dict.fromkeys(ids))[:PAGE_PAIRS]
    results = [_confirm_one(visit, pair_id) for pair_id in chosen]
    context = {"results": results, "done": sum(not one.refusal for one in results)}
    return visit.show("bank/confirmed.html", context)


@router.post("/policies/{policy_id}", dependencies=[permits(Permission.KEEP_BANK)])
def confirm_policy(visit: Page, policy_id: RowId) -> Response:
    """Confirm that the library's record of a document is still correct."""
    with visit.write() as session:
        document = get_policy(session, policy_id)
        require_keeper(visit.actor, document)
        confirm(session, document, by=visit.actor, day=visit.today)
    return visit.lead("/upkeep", Done.CONFIRMED)


@dataclass(frozen=True, slots=True)
class ConfirmResult:
    """The result for one pair; ``refusal`` says in Chinese why it was not confirmed, or is ""."""

    pair_id: int
    question: str
    refusal: str = ""


def _confirm_one(visit: PageContext, pair_id: int) -> ConfirmResult:
    question = ""
    try:
        with visit.write() as session:
            pair = find_pair(session, pair_id)
            question = question_of(session, pair)
            _require_owner(visit, pair.unit_id)
            confirm(session, pair, by=visit.actor, day=visit.today)
    except (NotFoundError, ForbiddenError, ConflictError) as error:
        # The question of another unit's pair may be unpublished work.
        shown = "" if isinstance(error, ForbiddenError) else question
        return ConfirmResult(pair_id, shown, error.message)
    return ConfirmResult(pair_id, question)


def _page(
    visit: PageContext,
    session: Session,
    *,
    after: int = 0,
    refusal: QAServiceError | None = None,
    refused_id: int = 0,
) -> Response:
    within = visit.user.authority.units(KEEPERS)
    due = pairs_to_confirm(
        session, day=visit.today, within=within, after=after, limit=PAGE_PAIRS + 1
    )
    context = {
        "rework": [_row(visit, session, task) for task in rework_owed(session, within=within)],
        "pairs": due[:PAGE_PAIRS],
        "next_after": due[PAGE_PAIRS - 1][0].id if len(due) > PAGE_PAIRS else None,
        "due_counts": due_counts(
            session, day=visit.today, within=visit.user.units_for(Permission.READ_BANK)
        ),
        "open_contradictions": count_open(session, now=visit.now),
        "policies": policies_to_confirm(session, day=visit.today, within=within),
        "endings": endings_to_decide(session),
        "may_keep": visit.user.may(Permission.KEEP_BANK),
        "refusal": refusal.message if refusal else None,
        "refused_id": refused_id,
        "typed": {name: visit.form.text(name) for name in ("outcome", "evidence")},
        "problems": problems_by_field(refusal),
    }
    return visit.show("bank/upkeep.html", context, status=status_of(refusal))


def _row(visit: PageContext, session: Session, task: ReworkTask) -> ReworkRow:
    pair = find_pair(session, task.pair_id)
    question = pair_content(session, pair).question
    due_on = rework_due(task, visit.services.calendar)
    return ReworkRow(task.id or 0, task.pair_id, question, task.reason, task.opened_at, due_on)


def _require_owner(visit: PageContext, unit_id: int) -> None:
    if not visit.user.authority.holds(KEEPERS, {unit_id}):
        raise UpkeepOwnerOnlyError("由承办单位、编辑或管理员办理")
