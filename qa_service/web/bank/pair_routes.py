"""The bank as pages: the list, the form to write a pair, withdrawal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.gaps import find_gaps, gap_of
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.content import VARIANT_COUNT
from qa_service.knowledge.pairs.listing import PairFilter, list_pairs
from qa_service.knowledge.pairs.near_duplicates import NearDuplicate, near_duplicates
from qa_service.knowledge.pairs.permissions import (
    OwnerOnlyError,
    is_keeper,
    may_open,
    require_open,
    require_owner,
)
from qa_service.knowledge.pairs.queries import PairView, has_work, version_in_work, view_pairs
from qa_service.knowledge.pairs.rules import InvalidPairError
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    EditConflictError,
    PairNotFoundError,
    content_in_work,
    discard_draft,
    draft_pair,
    edit_pair,
    find_pair,
    withdraw_pair,
)
from qa_service.knowledge.pairs.suggested_variants import (
    accept_suggestion,
    decline_suggestion,
    open_suggestions,
)
from qa_service.knowledge.policies.service import find_policies
from qa_service.knowledge.review.service import PrecheckFailedError, last_return, submit
from qa_service.ledger.workflow.closing import close_completed
from qa_service.request_scope import ReadSession, WriteSession
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus, PolicyArea
from qa_service.web.bank.basis_form import document_name
from qa_service.web.bank.content_form import ContentForm
from qa_service.web.bank.pair_form import (
    new_form,
    read_content,
    stored_form,
    submitted_form,
)
from qa_service.web.bank.pair_views import PairRow
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text, search_words
from qa_service.web.kit.labels import badge
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/pairs", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 30
LARGEST_ID = 2**31 - 1

PairId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Days = Annotated[int, Query(ge=1, le=365)]
After = Annotated[int, Query(ge=0, le=LARGEST_ID)]

REFUSALS = (InvalidPairError, DuplicateQuestionError, EditConflictError)
"""What the author can put right in the form, so that it is shown there."""


_PAIR_FILTERS = {"areas": list(PolicyArea), "statuses": list(PairStatus)}


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def pairs_page(
    visit: Page,
    session: ReadSession,
    area: str = "",
    status: str = "",
    unit: str = "",
    q: str = "",
    after: After = 0,
) -> Response:
    """Pairs that pass the filters, by number."""
    wanted = PairFilter(
        area=member_or_none(PolicyArea, area),
        status=member_or_none(PairStatus, status),
        unit=plain_text(unit) or None,
        words=search_words(q),
        within=visit.user.bank_units,
    )
    page = list_pairs(session, wanted, day=visit.today, after=after, limit=PAGE_PAIRS)
    rows = [PairRow(view, badge(view.status)) for view in page.items]
    context = {"rows": rows, "next_after": page.next_after, "units": list_units(session)}
    chosen = {"q": wanted.words, "area": area, "status": status, "unit": unit, "after": after}
    return visit.show("bank/pairs/list.html", {**context, **_PAIR_FILTERS, "chosen": chosen})


@router.get("/new", dependencies=[permits(Permission.DRAFT_PAIRS)])
def new_pair_page(visit: Page, session: ReadSession, gap: str = "", days: Days = 30) -> Response:
    """A form in force from today: empty, or with the wordings of a knowledge gap."""
    today = visit.today.isoformat()
    found = None
    if gap and visit.user.may(Permission.READ_GAPS):
        gaps = find_gaps(session, visit.services.tokenizer, now=visit.now, days=days)
        found = gap_of(gaps, gap)
    if found is None:
        return _form_page(visit, session, new_form(effective_from=today))
    wordings = "\n".join(found.wordings[:VARIANT_COUNT])
    form = new_form(question=found.question, variants=wordings, effective_from=today)
    return _form_page(visit, session, form)


@router.post("/new", dependencies=[permits(Permission.DRAFT_PAIRS)])
def create_pair(visit: Page, session: WriteSession) -> Response:
    """Save a new pair as a draft, or hand it in too; refused input comes back as typed."""
    form = submitted_form(visit.form)
    try:
        pair = _save(visit, session, form, None)
    except REFUSALS as error:
        return _form_page(visit, session, form, refusal=error)
    return _saved(visit, session, pair)


@router.get("/{pair_id}/edit", dependencies=[permits(Permission.READ_BANK)])
def edit_pair_page(visit: Page, session: ReadSession, pair_id: PairId) -> Response:
    """The form with what is being written, and whether the pair can be found now."""
    pair = find_pair(session, pair_id)
    if pair.status is PairStatus.PUBLISHED and not may_open(pair, visit.user.bank_units):
        return RedirectResponse(f"/answers/{pair.key}", status_code=303)
    require_open(pair, visit.user.bank_units)
    return _stored_page(visit, session, pair)


@router.post("/{pair_id}/edit", dependencies=[permits(Permission.DRAFT_PAIRS)])
def change_pair(visit: Page, session: WriteSession, pair_id: PairId) -> Response:
    """Save the changes, or hand them in too; refused input comes back as typed."""
    form = submitted_form(visit.form)
    try:
        pair = _save(visit, session, form, pair_id)
    except REFUSALS as error:
        view = _view(visit, session, pair_id)
        return _form_page(visit, session, form, view=view, refusal=error)
    return _saved(visit, session, pair)


@router.post("/{pair_id}/discard", dependencies=[permits(Permission.DRAFT_PAIRS)])
def discard(visit: Page, session: WriteSession, pair_id: PairId) -> Response:
    """Give up the rewriting of a published pair; it stays in the history."""
    pair = find_pair(session, pair_id)
    require_owner(visit.user.authority, pair)
    discard_draft(session, pair)
    return _to_form(pair_id)


@router.post("/{pair_id}/withdraw", dependencies=[permits(Permission.WITHDRAW_PAIRS)])
def withdraw(visit: Page, session: WriteSession, pair_id: PairId) -> Response:
    """Take the pair out of the search; the reason is required."""
    reason = visit.form.text("reason")
    if not reason or len(reason) > REASON_CHARACTERS:
        pair = find_pair(session, pair_id)
        return _stored_page(visit, session, pair, refusal=_reason_refusal(reason))
    withdraw_pair(session, find_pair(session, pair_id), reason, by=visit.actor, now=visit.now)
    close_completed(session, now=visit.now)
    return _to_form(pair_id)


@router.post("/suggestions/{suggestion_id}", dependencies=[permits(Permission.DRAFT_PAIRS)])
def settle_suggestion(visit: Page, session: WriteSession, suggestion_id: PairId) -> Response:
    """Accept a caller's wording as a variant, or decline it for good."""
    settle = accept_suggestion if visit.form.text("then") == "accept" else decline_suggestion
    pair_id = settle(session, suggestion_id, by=visit.actor, now=visit.now)
    if not _can_settle(visit, find_pair(session, pair_id)):
        raise OwnerOnlyError("候选相似问由承办单位、编辑或管理员处理")
    return _to_form(pair_id)


def _save(visit: PageContext, session: Session, form: ContentForm, pair_id: int | None) -> QAPair:
    # A refusal undoes the whole save, so that a pair never stays half-changed.
    with session.begin_nested():
        content = read_content(form, find_policies(session))
        if pair_id is None:
            pair = draft_pair(session, content, by=visit.actor, now=visit.now)
            require_owner(visit.user.authority, pair)
            return pair
        pair = find_pair(session, pair_id)
        require_owner(visit.user.authority, pair)
        seen = visit.form.number("seen") or None
        edit_pair(session, pair, content, by=visit.actor, now=visit.now, seen=seen)
        return pair


def _saved(visit: PageContext, session: Session, pair: QAPair) -> Response:
    """Back to the form; handed in for review first if that was asked for."""
    if visit.form.text("then") == "submit":
        despite = visit.form.text("despite_advice") == "yes"
        try:
            submit(session, pair, by=visit.actor, now=visit.now, despite_advice=despite)
        except PrecheckFailedError as error:
            return _stored_page(visit, session, pair, refusal=error)
        return RedirectResponse(f"/pairs/{stored_id(pair)}/review", status_code=303)
    return _to_form(stored_id(pair))


def _stored_page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    form = stored_form(content_in_work(session, pair), find_policies(session))
    view = _view(visit, session, stored_id(pair))
    return _form_page(visit, session, form, view=view, refusal=refusal)


def _view(visit: PageContext, session: Session, pair_id: int) -> PairView:
    found = view_pairs(session, [pair_id], day=visit.today)
    if not found:
        raise PairNotFoundError(f"没有编号为 {pair_id} 的问答")
    return found[0]


def _form_page(
    visit: PageContext,
    session: Session,
    form: ContentForm,
    *,
    view: PairView | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    pair = find_pair(session, view.pair_id) if view else None
    context: dict[str, object] = {
        "form": form,
        "pair": pair,
        "in_work": version_in_work(session, pair).number if pair else 0,
        "returned": last_return(session, pair) if pair else None,
        "is_saved": isinstance(refusal, PrecheckFailedError),
        "near": _near(visit, session, pair) if pair else [],
        "can_settle": pair is not None and _can_settle(visit, pair),
        "view": view,
        "status_badge": badge(view.status) if view else None,
        "is_searchable": view is not None and _is_searchable(visit, view),
        "refusal": refusal.message if refusal else None,
        "problems": _by_area(refusal) if refusal else {},
        "areas": list(PolicyArea),
        "units": list_units(session),
        "documents": [document_name(document) for document in find_policies(session)],
        "today": visit.today,
        "origin": pair.origin if pair else None,
        "suggestions": open_suggestions(session, view.pair_id) if view else [],
    }
    return visit.show("bank/pairs/form.html", context, status=422 if refusal else 200)


def _near(visit: PageContext, session: Session, pair: QAPair) -> list[NearDuplicate]:
    """Published pairs like the one that is not published yet or being rewritten."""
    if not has_work(pair):
        return []
    visit.services.index_sync.follow()
    question = version_in_work(session, pair).question
    return near_duplicates(visit.services.index_sync.engine, question, besides=pair.id)


def _can_settle(visit: PageContext, pair: QAPair) -> bool:
    return is_keeper(visit.user.authority, pair)


def _is_searchable(visit: PageContext, view: PairView) -> bool:
    # Said only once this process's index has taken the pair's newest change in.
    return view.showable and visit.services.index_sync.follow().holds(view.pair_id, view.revision)


def _by_area(refusal: QAServiceError) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if isinstance(refusal, DuplicateQuestionError):
        found["question"] = [refusal.message]
    for problem in refusal.problems:
        messages = found.setdefault(problem.field, [])
        if problem.message not in messages:
            messages.append(problem.message)
    return found


def _reason_refusal(reason: str) -> InvalidPairError:
    message = f"撤回原因最多 {REASON_CHARACTERS} 个字" if reason else "请填写撤回原因"
    return InvalidPairError(message, problems=(FieldProblem("reason", message),))


def _to_form(pair_id: int) -> Response:
    return RedirectResponse(f"/pairs/{pair_id}/edit", status_code=303)
