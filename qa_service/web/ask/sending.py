"""Sending the answer told to the caller as a link, and the list of what was sent."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.clock import beijing_midnight
from qa_service.consultation.sending.links import require_channel, told_link
from qa_service.consultation.sending.service import (
    CannotSendError,
    InvalidRecipientError,
    count_sent,
    list_sent,
    send_answer,
)
from qa_service.consultation.service import find_consultation
from qa_service.errors import QAServiceError
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import SendChannel
from qa_service.web.ask.answer_page import Held, answer
from qa_service.web.ask.sending_views import SendForm
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, problems_by_field
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.visit import Page

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_SENT = 50


@router.post("/consultations/{consultation_id}/link", dependencies=[permits(Permission.CONSULT)])
def send(visit: Page, consultation_id: str) -> Response:
    """Send the link of the answer told; what was typed stays where it is refused."""
    typed = visit.form.text("to")
    channel = member_or_none(SendChannel, visit.form.text("channel"))
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
        told = told_link(session, consultation, visit.services.settings, day=visit.today)
    try:
        by = require_channel(channel, visit.services.settings)
        with visit.write() as session:
            send_answer(
                session,
                find_consultation(session, consultation_id),
                channel=by,
                to=typed,
                pair_id=told.pair_id,
                link=told.link,
                cipher=visit.services.cipher,
                actor=visit.actor,
                now=visit.now,
            )
    except (CannotSendError, InvalidRecipientError) as error:
        return answer(visit, consultation, Held(sending=_refused(channel, typed, error)))
    return answer(visit, consultation)


@router.get("/sent-answers", dependencies=[permits(Permission.READ_CONSULTATIONS)])
def sent_page(visit: Page, session: ReadSession, before: Number = 0) -> Response:
    """List the answers sent to callers, newest first, and count those of today.

    Who supervises some units sees what was sent of theirs.
    """
    within = visit.user.units_for(Permission.READ_CONSULTATIONS)
    lines = list_sent(session, before=before, within=within, limit=PAGE_SENT + 1)
    shown = lines[:PAGE_SENT]
    context = {
        "lines": shown,
        "questions": questions_of(session, {line.sent.pair_id for line in shown}),
        "counts": count_sent(session, since=beijing_midnight(visit.today), within=within),
        "next_before": shown[-1].sent.id if len(lines) > PAGE_SENT else None,
    }
    return visit.show("ask/sent.html", context)


def _refused(channel: SendChannel | None, typed: str, error: QAServiceError) -> SendForm:
    problems = problems_by_field(error) or {"to": [error.message]}
    return SendForm(channel, typed, problems)
