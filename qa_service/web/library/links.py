"""Forms that tie service guides (办事指南) and lists of powers (权责清单) to the bank."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.pairs.permissions import find_open, find_readable, require_owner
from qa_service.knowledge.policies.library.links import (
    InvalidServiceLinkError,
    add_link,
    confirm_link,
    remove_link,
)
from qa_service.knowledge.policies.permissions import require_keeper
from qa_service.knowledge.policies.service import get_policy
from qa_service.knowledge.policy_models import LinkKind
from qa_service.web.bank.policies import show_policy
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.watch.reach import show_reach

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.post("/policies/{policy_id}/links", dependencies=[permits(Permission.KEEP_POLICIES)])
def change_links_of_document(visit: Page, policy_id: RowId) -> Response:
    """Add or remove a link of a document; a faulty one is shown as typed."""
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            require_keeper(visit.actor, document)
            done = _change(visit, session, document)
    except InvalidServiceLinkError as error:
        with visit.read() as session:
            return show_policy(visit, session, policy_id, link_refusal=error)
    return visit.lead(f"/policies/{policy_id}", done)


@router.post("/pairs/{pair_id}/links", dependencies=[permits(Permission.DRAFT_PAIRS)])
def change_links_of_pair(visit: Page, pair_id: RowId) -> Response:
    """Add or remove a link of a pair; a faulty one is shown as typed."""
    try:
        with visit.write() as session:
            pair = find_open(session, pair_id, visit.user.bank_units)
            require_owner(visit.user.authority, pair)
            done = _change(visit, session, pair)
    except InvalidServiceLinkError as error:
        with visit.read() as session:
            return show_reach(visit, session, pair_id, refusal=error)
    return visit.lead(f"/pairs/{pair_id}/reach", done)


@router.post(
    "/policies/{policy_id}/links/confirmation", dependencies=[permits(Permission.CONFIRM_ENDINGS)]
)
def confirm_link_of_document(visit: Page, policy_id: RowId) -> Response:
    """Let citizens see a link of a document, as the second person."""
    with visit.write() as session:
        _confirm(visit, session, get_policy(session, policy_id))
    return visit.lead(f"/policies/{policy_id}", Done.MADE_PUBLIC)


@router.post(
    "/pairs/{pair_id}/links/confirmation", dependencies=[permits(Permission.CONFIRM_ENDINGS)]
)
def confirm_link_of_pair(visit: Page, pair_id: RowId) -> Response:
    """Let citizens see a link of a pair, as the second person."""
    with visit.write() as session:
        _confirm(visit, session, find_readable(session, pair_id, visit.user.bank_units))
    return visit.lead(f"/pairs/{pair_id}/reach", Done.MADE_PUBLIC)


def _confirm(visit: PageContext, session: Session, to: PolicyDocument | QAPair) -> None:
    confirm_link(session, to, visit.form.number("link"), actor=visit.actor, now=visit.now)


def _change(visit: PageContext, session: Session, to: PolicyDocument | QAPair) -> Done:
    form = visit.form
    if form.text("remove"):
        remove_link(session, to, form.number("remove"), actor=visit.actor, now=visit.now)
        return Done.UNLINKED
    add_link(
        session,
        to,
        member_or_none(LinkKind, form.text("link_kind")),
        form.text("link_title"),
        form.text("link_address"),
        actor=visit.actor,
        now=visit.now,
    )
    return Done.LINKED
