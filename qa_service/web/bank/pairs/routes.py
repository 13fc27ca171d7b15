"""Pages of the bank (问答库): list, form of a pair, withdrawal, suggested variants."""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.gaps import find_gap
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.pairs.listing import Lack, PairFilter, count_lacking, list_pairs
from qa_service.knowledge.pairs.overlap.overlaps import WordingInUseError
from qa_service.knowledge.pairs.permissions import (
    may_open,
    require_open,
)
from qa_service.knowledge.pairs.record.content import VARIANT_COUNT
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import (
    EditConflictError,
    NoRevisionError,
    discard_draft,
    find_pair,
)
from qa_service.knowledge.pairs.variants.deciding import (
    OwnVariantError,
    SuggestionResolvedError,
    accept_suggestion,
    decline_suggestion,
)
from qa_service.knowledge.pairs.variants.suggested import pair_of
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.ledger.bank_changes import withdraw_pair
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus
from qa_service.web.bank.forms.pair_form import (
    new_form,
)
from qa_service.web.bank.pairs.form_page import form_page, own_units, pair_page
from qa_service.web.bank.pairs.saving import owned, save, stored_page, to_form
from qa_service.web.bank.pairs.views import PairRow
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, plain_text, search_words
from qa_service.web.kit.names.labels import badge
from qa_service.web.kit.parameters import After, Days, RowId
from qa_service.web.kit.visit import Page

router = APIRouter(prefix="/pairs", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 30

VARIANT_REFUSALS = (InvalidPairError, OwnVariantError, SuggestionResolvedError, WordingInUseError)
"""Refusals to take a wording, shown on the page of its pair."""


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
        return form_page(visit, session, new_form(effective_from=today))
    wordings = "\n".join(found.wordings[:VARIANT_COUNT])
    form = new_form(question=found.question, variants=wordings, effective_from=today)
    return form_page(visit, session, form)


@router.post("/new", dependencies=[permits(Permission.DRAFT_PAIRS)])
def create_pair(visit: Page) -> Response:
    """Save a new pair as a draft, and submit it if asked; invalid input is shown as typed."""
    return save(visit, None)


@router.get("/{pair_id}/edit", dependencies=[permits(Permission.READ_BANK)])
def edit_pair_page(visit: Page, session: ReadSession, pair_id: RowId) -> Response:
    """Show the form with the version in work, and whether the pair is searchable."""
    pair = find_pair(session, pair_id)
    if pair.status is PairStatus.PUBLISHED and not may_open(pair, visit.user.bank_units):
        return RedirectResponse(f"/answers/{pair.key}", status_code=303)
    require_open(pair, visit.user.bank_units)
    return pair_page(visit, session, pair)


@router.post("/{pair_id}/edit", dependencies=[permits(Permission.DRAFT_PAIRS)])
def change_pair(visit: Page, pair_id: RowId) -> Response:
    """Save the changes, and submit them if asked; invalid input is shown as typed."""
    return save(visit, pair_id)


@router.post("/{pair_id}/discard", dependencies=[permits(Permission.DRAFT_PAIRS)])
def discard(visit: Page, pair_id: RowId) -> Response:
    """Discard the revision of a published pair that the page showed; it stays in the history."""
    seen = visit.form.number("seen")
    try:
        with visit.write() as session:
            pair = owned(visit, session, pair_id)
            discard_draft(session, pair, by=visit.actor, now=visit.now, seen=seen)
    except (EditConflictError, NoRevisionError) as error:
        return stored_page(visit, pair_id, refusal=error)
    return to_form(visit, pair_id, Done.DISCARDED)


@router.post("/{pair_id}/withdraw", dependencies=[permits(Permission.WITHDRAW_PAIRS)])
def withdraw(visit: Page, pair_id: RowId) -> Response:
    """Withdraw the pair; the reason is required."""
    reason = visit.form.text("reason")
    if not reason or len(reason) > REASON_CHARACTERS:
        return stored_page(visit, pair_id, refusal=_reason_refusal(reason))
    with visit.write() as session:
        pair = find_pair(session, pair_id)
        withdraw_pair(session, pair, reason, by=visit.actor, now=visit.now)
    return to_form(visit, pair_id, Done.WITHDRAWN)


@router.post("/suggestions/{suggestion_id}", dependencies=[permits(Permission.DRAFT_PAIRS)])
def decide_suggestion(visit: Page, suggestion_id: RowId) -> Response:
    """Accept a caller's wording as a variant (相似问), or decline it permanently."""
    decisions: dict[str, Callable[..., int]] = {
        "accept": partial(accept_suggestion, text_check=text_problems),
        "decline": decline_suggestion,
    }
    decide = decisions.get(visit.form.text("then"))
    if decide is None:
        raise InvalidInputError("请选择采纳或不采纳")
    try:
        with visit.write() as session:
            pair_id = decide(
                session, suggestion_id, by=visit.actor, now=visit.now, within=own_units(visit)
            )
    except VARIANT_REFUSALS as error:
        with visit.read() as session:
            pair_id = pair_of(session, suggestion_id)
        return stored_page(visit, pair_id, refusal=error)
    return to_form(visit, pair_id, Done.DECIDED)


def _reason_refusal(reason: str) -> InvalidPairError:
    message = f"撤回原因最多 {REASON_CHARACTERS} 个字" if reason else "请填写撤回原因"
    return InvalidPairError(message, problems=(FieldProblem("reason", message),))
