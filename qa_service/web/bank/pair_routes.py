"""Pages of the bank (问答库): list, form of a pair, withdrawal, suggested variants."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.gaps import find_gap
from qa_service.errors import FieldProblem, InvalidInputError, QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.content import VARIANT_COUNT
from qa_service.knowledge.pairs.listing import Lack, PairFilter, count_lacking, list_pairs
from qa_service.knowledge.pairs.overlap.overlaps import Overlap, find_overlaps
from qa_service.knowledge.pairs.permissions import (
    KEEPERS,
    find_owned,
    is_keeper,
    may_open,
    require_open,
)
from qa_service.knowledge.pairs.queries import PairView, has_work, version_in_work, view_pairs
from qa_service.knowledge.pairs.rules import InvalidPairError, with_unread
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    EditConflictError,
    PairNotFoundError,
    content_in_work,
    discard_draft,
    draft_pair,
    edit_pair,
    find_pair,
    storing_problems,
)
from qa_service.knowledge.pairs.suggested_variants import (
    accept_suggestion,
    decline_suggestion,
    open_suggestions,
    unconfirmable,
)
from qa_service.knowledge.policies.citing import document_names
from qa_service.knowledge.review.prechecks import check_typed
from qa_service.knowledge.review.progress import last_return
from qa_service.knowledge.review.service import PrecheckFailedError, submit
from qa_service.ledger.bank_changes import withdraw_pair
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import REASON_CHARACTERS, Aspect, PairStatus
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.bank.forms.pair_form import (
    FAULTY,
    new_form,
    read_content,
    read_typed,
    stored_form,
    submitted_form,
)
from qa_service.web.bank.pair_views import FieldDiff, PairRow, compare, unit_names
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, plain_text, problems_by_field, search_words
from qa_service.web.kit.labels import badge
from qa_service.web.kit.parameters import After, Days, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/pairs", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 30

REFUSALS = (InvalidPairError, DuplicateQuestionError, EditConflictError)
"""Errors the author can correct, shown on the form."""


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def pairs_page(
    visit: Page,
    session: ReadSession,
    area: str = "",
    status: str = "",
    unit: str = "",
    q: str = "",
    lacks: str = "",
    after: After = 0,
) -> Response:
    """List the pairs that match the filters, by id; count those that lack something."""
    wanted = PairFilter(
        area=plain_text(area) or None,
        status=member_or_none(PairStatus, status),
        unit=plain_text(unit) or None,
        words=search_words(q),
        within=visit.user.bank_units,
        lacks=member_or_none(Lack, lacks),
    )
    page = list_pairs(session, wanted, day=visit.today, after=after, limit=PAGE_PAIRS)
    rows = [PairRow(view, badge(view.status)) for view in page.items]
    context = {
        "rows": rows,
        "next_after": page.next_after,
        "units": list_units(session),
        "areas": list_areas(session),
        "statuses": list(PairStatus),
        "lacking": count_lacking(session, wanted),
    }
    chosen = {
        "q": wanted.words,
        "area": area,
        "status": status,
        "unit": unit,
        "lacks": lacks,
        "after": after,
    }
    return visit.show("bank/pairs/list.html", {**context, "chosen": chosen})


@router.get("/new", dependencies=[permits(Permission.DRAFT_PAIRS)])
def new_pair_page(visit: Page, session: ReadSession, gap: str = "", days: Days = 30) -> Response:
    """Show a new form valid from today: empty, or with the wordings of a knowledge gap."""
    today = visit.today.isoformat()
    found = None
    if gap and visit.user.may(Permission.READ_GAPS):
        tokenizer = visit.services.tokenizer
        found = find_gap(session, tokenizer, gap, now=visit.now, days=days)
    if found is None:
        return _form_page(visit, session, new_form(effective_from=today))
    wordings = "\n".join(found.wordings[:VARIANT_COUNT])
    form = new_form(question=found.question, variants=wordings, effective_from=today)
    return _form_page(visit, session, form)


@router.post("/new", dependencies=[permits(Permission.DRAFT_PAIRS)])
def create_pair(visit: Page) -> Response:
    """Save a new pair as a draft, and submit it if asked; invalid input is shown as typed."""
    return _save(visit, None)


@router.get("/{pair_id}/edit", dependencies=[permits(Permission.READ_BANK)])
def edit_pair_page(visit: Page, session: ReadSession, pair_id: RowId) -> Response:
    """Show the form with the version in work, and whether the pair is searchable."""
    pair = find_pair(session, pair_id)
    if pair.status is PairStatus.PUBLISHED and not may_open(pair, visit.user.bank_units):
        return RedirectResponse(f"/answers/{pair.key}", status_code=303)
    require_open(pair, visit.user.bank_units)
    return _pair_page(visit, session, pair)


@router.post("/{pair_id}/edit", dependencies=[permits(Permission.DRAFT_PAIRS)])
def change_pair(visit: Page, pair_id: RowId) -> Response:
    """Save the changes, and submit them if asked; invalid input is shown as typed."""
    return _save(visit, pair_id)


@router.post("/{pair_id}/discard", dependencies=[permits(Permission.DRAFT_PAIRS)])
def discard(visit: Page, pair_id: RowId) -> Response:
    """Discard the revision of a published pair; it stays in the history."""
    with visit.write() as session:
        pair = _owned(visit, session, pair_id)
        discard_draft(session, pair)
    return _to_form(pair_id)


@router.post("/{pair_id}/withdraw", dependencies=[permits(Permission.WITHDRAW_PAIRS)])
def withdraw(visit: Page, pair_id: RowId) -> Response:
    """Withdraw the pair; the reason is required."""
    reason = visit.form.text("reason")
    if not reason or len(reason) > REASON_CHARACTERS:
        return _stored_page(visit, pair_id, refusal=_reason_refusal(reason))
    with visit.write() as session:
        pair = find_pair(session, pair_id)
        withdraw_pair(session, pair, reason, by=visit.actor, now=visit.now)
    return _to_form(pair_id)


@router.post("/suggestions/{suggestion_id}", dependencies=[permits(Permission.DRAFT_PAIRS)])
def decide_suggestion(visit: Page, suggestion_id: RowId) -> Response:
    """Accept a caller's wording as a variant (相似问), or decline it permanently."""
    decisions = {"accept": accept_suggestion, "decline": decline_suggestion}
    decide = decisions.get(visit.form.text("then"))
    if decide is None:
        raise InvalidInputError("请选择采纳或不采纳")
    with visit.write() as session:
        pair_id = decide(
            session, suggestion_id, by=visit.actor, now=visit.now, within=_own_units(visit)
        )
    return _to_form(pair_id)


def _save(visit: PageContext, pair_id: int | None) -> Response:
    """Save the form and submit the pair if asked; invalid input rolls the save back."""
    form = submitted_form(visit.form)
    if pair_id is not None:
        # First of all, because the page that tells what is wrong shows the pair.
        with visit.read() as session:
            _owned(visit, session, pair_id)
    visit.services.index_sync.follow()
    try:
        with visit.write() as session:
            pair = _stored(visit, session, form, pair_id)
            refusal = _submitted(visit, session, pair)
    except REFUSALS as error:
        with visit.read() as session:
            view = _view(visit, session, pair_id) if pair_id is not None else None
            told = _every_fault(visit, session, form, pair_id, error)
            return _form_page(visit, session, form, view=view, refusal=told)
    if refusal is not None:
        return _stored_page(visit, stored_id(pair), refusal=refusal)
    if visit.form.text("then") == "submit":
        return visit.lead(f"/pairs/{stored_id(pair)}/review", Done.SUBMITTED)
    return _to_form(stored_id(pair))


def _every_fault(
    visit: PageContext,
    session: Session,
    form: ContentForm,
    pair_id: int | None,
    error: QAServiceError,
) -> QAServiceError:
    """Return the refusal with every fault of what was typed, not only the first kind found.

    To be submitted, it is looked at by the pre-checks too.
    """
    if isinstance(error, EditConflictError):
        return error
    pair = find_pair(session, pair_id) if pair_id is not None else None
    content, unread = read_typed(session, form)
    found = list(storing_problems(session, content, pair))
    if visit.form.text("then") == "submit":
        despite = visit.form.text("despite_advice") == "yes"
        engine = visit.services.index_sync.engine
        checks = check_typed(session, content, now=visit.now, besides=pair, engine=engine)
        found += [
            FieldProblem(one.field, one.message) for one in checks if one.is_fault or not despite
        ]
    return InvalidPairError(FAULTY, problems=with_unread(unread, [*error.problems, *found]))


def _owned(visit: PageContext, session: Session, pair_id: int) -> QAPair:
    return find_owned(session, pair_id, visit.user.authority, visit.user.bank_units)


def _stored(visit: PageContext, session: Session, form: ContentForm, pair_id: int | None) -> QAPair:
    content = read_content(session, form)
    within = _own_units(visit)
    if pair_id is None:
        return draft_pair(session, content, by=visit.actor, now=visit.now, within=within)
    pair = find_pair(session, pair_id)
    seen = visit.form.number("seen") or None
    edit_pair(session, pair, content, by=visit.actor, now=visit.now, seen=seen, within=within)
    return pair


def _submitted(visit: PageContext, session: Session, pair: QAPair) -> PrecheckFailedError | None:
    """Submit the saved pair if asked; return a failed pre-check, so that the save is kept."""
    if visit.form.text("then") != "submit":
        return None
    despite = visit.form.text("despite_advice") == "yes"
    try:
        submit(
            session,
            pair,
            by=visit.actor,
            now=visit.now,
            despite_advice=despite,
            engine=visit.services.index_sync.engine,
            media_dir=visit.services.settings.effective_media_dir,
        )
    except PrecheckFailedError as error:
        return error
    return None


def _stored_page(visit: PageContext, pair_id: int, *, refusal: QAServiceError) -> Response:
    with visit.read() as session:
        return _pair_page(visit, session, find_pair(session, pair_id), refusal=refusal)


def _pair_page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    content = content_in_work(session, pair)
    names = document_names(session, {cited.policy for cited in content.basis})
    view = _view(visit, session, stored_id(pair))
    return _form_page(visit, session, stored_form(content, names), view=view, refusal=refusal)


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
    suggestions = open_suggestions(session, view.pair_id) if view else []
    context: dict[str, object] = {
        "form": form,
        "pair": pair,
        "in_work": version_in_work(session, pair).number if pair else 0,
        "returned": last_return(session, pair) if pair else None,
        "is_saved": isinstance(refusal, PrecheckFailedError),
        "is_despite": visit.form.text("despite_advice") == "yes",
        "overlaps": _overlaps(visit, session, pair) if pair else [],
        "may_settle": visit.user.may(Permission.SETTLE_CONTRADICTIONS),
        "can_decide": pair is not None and is_keeper(visit.user.authority, pair),
        "fields": _shown_only(visit, session, pair),
        "view": view,
        "status_badge": badge(view.status) if view else None,
        "is_searchable": view is not None and _is_searchable(visit, view),
        "refusal": refusal.message if refusal else None,
        "problems": _problems(refusal),
        "areas": list_areas(session, active_only=True),
        "aspects": list(Aspect),
        "units": _offered_units(visit, session, pair),
        "today": visit.today,
        "origin": pair.origin if pair else None,
        "suggestions": suggestions,
        "unconfirmable": unconfirmable(session, suggestions, visit.actor),
    }
    return visit.show("bank/pairs/form.html", context, status=422 if refusal else 200)


def _shown_only(visit: PageContext, session: Session, pair: QAPair | None) -> list[FieldDiff]:
    """Return the fields to be read by users who may not change the pair; none for others."""
    if pair is None or is_keeper(visit.user.authority, pair):
        return []
    return compare(None, content_in_work(session, pair), unit_names(session))


def _offered_units(visit: PageContext, session: Session, pair: QAPair | None) -> list[Unit]:
    """Return the units the user may write for, and the one the pair has."""
    own = _own_units(visit)
    units = list_units(session, active_only=True)
    owner = pair.unit_id if pair else None
    return [one for one in units if own is None or one.id in own or one.id == owner]


def _overlaps(visit: PageContext, session: Session, pair: QAPair) -> list[Overlap]:
    """Return published pairs that overlap with the version in work, if there is one."""
    if not has_work(pair):
        return []
    visit.services.index_sync.follow()
    return find_overlaps(
        session,
        visit.services.index_sync.engine,
        content_in_work(session, pair),
        day=visit.today,
        besides=pair.id,
        version=version_in_work(session, pair).number,
    )


def _own_units(visit: PageContext) -> Within:
    return visit.user.authority.units(KEEPERS)


def _is_searchable(visit: PageContext, view: PairView) -> bool:
    # True only once this process's index includes the pair's latest change.
    return view.showable and visit.services.index_sync.follow().holds(view.pair_id, view.revision)


def _problems(refusal: QAServiceError | None) -> dict[str, list[str]]:
    if isinstance(refusal, DuplicateQuestionError):
        return {"question": [refusal.message]} | problems_by_field(refusal)
    return problems_by_field(refusal)


def _reason_refusal(reason: str) -> InvalidPairError:
    message = f"撤回原因最多 {REASON_CHARACTERS} 个字" if reason else "请填写撤回原因"
    return InvalidPairError(message, problems=(FieldProblem("reason", message),))


def _to_form(pair_id: int) -> Response:
    return RedirectResponse(f"/pairs/{pair_id}/edit", status_code=303)
