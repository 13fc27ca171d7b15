"""Pages of a pair's versions: their list, a comparison, and taking up an earlier one."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.api_keys import key_names
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import display_names
from qa_service.consultation.desk.ratings import ratings_of
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import find_open, is_keeper, require_owner
from qa_service.knowledge.pairs.queries import (
    find_version,
    list_versions,
    version_content,
    version_in_work,
)
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import VersionNotFoundError, roll_back
from qa_service.knowledge.review.progress import list_reviews
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import PairStatus
from qa_service.web.bank.pairs.form_page import own_units
from qa_service.web.bank.pairs.views import compare, shown_names
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("/pairs/{pair_id}/versions", dependencies=[permits(Permission.READ_BANK)])
def versions_page(
    visit: Page, session: ReadSession, pair_id: RowId, old: Number = 0, new: Number = 0
) -> Response:
    """List all versions of the pair, and show the difference between two of them."""
    pair = _opened(visit, session, pair_id)
    versions = list_versions(session, pair)
    new = new or versions[0].number
    old = old or max(new - 1, 1)
    older, newer = _content(session, pair, old), _content(session, pair, new)
    reviews = list_reviews(session, pair)
    people = {
        *(one.signer_person_id for one in reviews),
        *(one.author_person_id for one in versions),
    }
    keys = {one.author_key_id for one in versions} | {one.signer_key_id for one in reviews}
    context = {
        "pair": pair,
        "may_restore": is_keeper(visit.user.authority, pair),
        "versions": versions,
        "in_work": version_in_work(session, pair).number,
        "ratings": ratings_of(session, pair_id),
        "told_id": pair.current_version_id if pair.status is PairStatus.PUBLISHED else None,
        "reviews": reviews,
        "key_names": key_names(session, {key for key in keys if key is not None}),
        "names": display_names(session, {person for person in people if person is not None}),
        "old": old,
        "new": new,
        "fields": compare(older, newer, shown_names(session, older, newer)),
    }
    return visit.show("bank/pairs/versions.html", context)


@router.post("/pairs/{pair_id}/versions", dependencies=[permits(Permission.DRAFT_PAIRS)])
def restore(visit: Page, pair_id: RowId) -> Response:
    """Copy an earlier version to a new one, which is reviewed as usual."""
    number = visit.form.number("number")
    with visit.write() as session:
        pair = _opened(visit, session, pair_id)
        require_owner(visit.user.authority, pair)
        roll_back(
            session,
            pair,
            number,
            by=visit.actor,
            now=visit.now,
            seen=visit.form.number("seen") or None,
            within=own_units(visit),
        )
    return visit.lead(f"/pairs/{pair_id}/edit", Done.RESTORED)


def _opened(visit: PageContext, session: Session, pair_id: int) -> QAPair:
    return find_open(session, pair_id, visit.user.bank_units)


def _content(session: Session, pair: QAPair, number: int) -> PairContent:
    version = find_version(session, pair, number)
    if version is None:
        raise VersionNotFoundError(f"这条问答没有第 {number} 版")
    return version_content(session, version)
