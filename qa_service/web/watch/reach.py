"""Page of the reach of an answer (触达): versions by channel, tellings, links sent."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.watch.reach import note_sent, reach_of, tellings_of
from qa_service.consultation.watch_models import LinkWay
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import find_readable
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.policies.library.links import links_of_pair
from qa_service.knowledge.policy_models import LinkKind
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE = 50


class AnswerNotSentError(ConflictError):
    """The answer may not be told to everybody today, so that its link leads to nothing."""

    code = "answer_not_sent"
    title = "链接现在打不开"


class LinkWayNeededError(InvalidInputError):
    """The way in which the link was sent is not one of the list."""

    code = "link_way_needed"
    title = "请选择发送方式"


@router.get("/pairs/{pair_id}/reach", dependencies=[permits(Permission.READ_BANK)])
def reach_page(visit: Page, session: ReadSession, pair_id: RowId, page: Number = 0) -> Response:
    """Show who was told which version of an answer, by channel and time."""
    pair = find_readable(session, pair_id, visit.user.bank_units)
    skip = min(page, 100_000) * PAGE
    told = tellings_of(session, pair_id, skip=skip, limit=PAGE + 1)
    views = view_pairs(session, [pair_id], day=visit.today, with_variants=False)
    context = {
        "pair": pair,
        "question": views[0].content.question if views else f"问答 {pair.key}",
        "is_sendable": bool(views) and _is_sendable(visit, session, pair),
        "reached": reach_of(session, pair_id),
        "told": told[:PAGE],
        "next_page": page + 1 if len(told) > PAGE else None,
        "opens_records": visit.user.may(Permission.READ_CONSULTATIONS),
        "ways": list(LinkWay),
        "links": links_of_pair(session, pair_id),
        "kinds": list(LinkKind),
        "may_link": visit.user.may(Permission.DRAFT_PAIRS) and _owns(visit, pair),
        "may_send": visit.user.may(Permission.CONSULT),
    }
    return visit.show("watch/reach.html", context)


@router.post("/pairs/{pair_id}/reach", dependencies=[permits(Permission.CONSULT)])
def sent(visit: Page, pair_id: RowId) -> Response:
    """Count that the link to an answer was sent, in the version that it shows today."""
    way = member_or_none(LinkWay, visit.form.text("way"))
    if way is None:
        message = "请选择链接的发送方式"
        raise LinkWayNeededError(message, problems=(FieldProblem("way", message),))
    with visit.write() as session:
        pair = find_readable(session, pair_id, visit.user.bank_units)
        views = view_pairs(session, [pair_id], day=visit.today, with_variants=False)
        if not views or not _is_sendable(visit, session, pair):
            raise AnswerNotSentError("这条答复今天不能向社会公开，链接打不开，没有记为已发送")
        note_sent(session, pair_id, views[0].version, way, actor=visit.actor, now=visit.now)
    return RedirectResponse(f"/pairs/{pair_id}/reach", status_code=303)


def _is_sendable(visit: PageContext, session: Session, pair: QAPair) -> bool:
    """Return whether the answer's public page opens today (``web/desk/answers.py``)."""
    views = view_pairs(session, [pair.id or 0], day=visit.today, with_variants=False)
    tells_unsigned = visit.services.settings.tell_unsigned
    return any(
        one.showable
        and (tells_unsigned or not one.unsigned)
        and not one.content.is_limited
        and not one.content.blanks
        for one in views
    )


def _owns(visit: PageContext, pair: QAPair) -> bool:
    within = visit.user.units_for(Permission.DRAFT_PAIRS)
    return within is None or pair.unit_id in within
