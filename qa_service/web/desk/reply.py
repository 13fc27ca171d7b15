"""The page behind a one-time link: a unit without an account answers one entry."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.clock import beijing_day
from qa_service.errors import InvalidInputError, QAServiceError
from qa_service.ledger.replies.reply_links import ReplyLinkError, open_link, was_sent
from qa_service.ledger.workflow.linked_replies import take_reply
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.kit.access import Submitted, keep_form
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.rendering import render
from qa_service.web.ledger.reply_form import first_reply_form, read_reply, submitted_reply_form

router = APIRouter(prefix="/reply", include_in_schema=False)

NOT_OFFERED = "本系统现未启用一次性答复链接，这条链接不能用；需要办理的，请与交办单位联系"


@router.get("/{token}")
def reply_page(request: Request, services: ServicesDep, token: str) -> Response:
    """Show the masked question with an empty form; 404 for a link that is no longer valid."""
    _require_offered(services)
    return _page(request, services, token)


@router.post("/{token}")
def hand_in(request: Request, services: ServicesDep, form: Submitted, token: str) -> Response:
    """Take the reply; invalid input is shown as typed, and the link stays valid.

    One that came too late for its link is shown to be copied; of a link never sent, nothing is.
    """
    typed = submitted_reply_form(form)
    try:
        return _hand_in(request, services, typed, token)
    except ReplyLinkError as error:
        with session_scope(services.database, read_only=True) as session:
            if not was_sent(session, token, cipher=services.cipher):
                raise
        keep_form(request, form)
        context = {"title": error.title, "refusal": error.message}
        return _private(render(request, "desk/not_replied.html", context, status=404))


def _hand_in(request: Request, services: Services, typed: ContentForm, token: str) -> Response:
    _require_offered(services)
    with session_scope(services.database, read_only=True) as session:
        # A guess keeps no writer waiting.
        open_link(session, token, cipher=services.cipher, now=services.clock.now())
    try:
        with session_scope(services.database) as session:
            content, unread = read_reply(session, typed)
            take_reply(
                session,
                token,
                content,
                cipher=services.cipher,
                now=services.clock.now(),
                unread=unread,
            )
    except InvalidInputError as error:
        return _page(request, services, token, typed=typed, refusal=error)
    services.pending_tally.forget()
    return _private(render(request, "desk/replied.html", {}))


def _page(
    request: Request,
    services: Services,
    token: str,
    *,
    typed: ContentForm | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    now = services.clock.now()
    with session_scope(services.database, read_only=True) as session:
        link, entry = open_link(session, token, cipher=services.cipher, now=now)
        context = {
            "token": token,
            "number": entry.number,
            "question": entry.question,
            "due_on": entry.due_on,
            "until": link.expires_at,
            "form": typed or first_reply_form(entry, beijing_day(now)),
            "areas": list_areas(session, active_only=True),
            "refusal": refusal.message if refusal else None,
            "problems": problems_by_field(refusal),
        }
    page = render(request, "desk/reply.html", context, status=422 if refusal else 200)
    return _private(page)


def _require_offered(services: Services) -> None:
    if not services.settings.reply_link_ways:
        raise ReplyLinkError(NOT_OFFERED)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
