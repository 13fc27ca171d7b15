"""Routes to send the answer told to its caller as a link, and to read what was sent to whom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import Caller, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.routes.consultations import consultation_for
from qa_service.api.schemas.sent_answers import SendIn, SentListOut, SentOut, SentQuery
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.consultation.sending.links import require_channel, told_link
from qa_service.consultation.sending.service import list_sent, send_answer, sent_of
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import Scope

Reader = Annotated[Caller, Depends(reader_with(Permission.CONSULT, Scope.CONSULT))]
Supervisor = Annotated[Caller, Depends(reader_with(Permission.READ_CONSULTATIONS, Scope.SUPERVISE))]

router = APIRouter(tags=["发送答复"])


@router.post(
    "/consultations/{consultation_id}/sent-answers",
    summary="把已告知的答复的链接用短信或邮件发给咨询人",
    status_code=201,
    response_model=SentOut,
    responses=problem_responses(404, 409, 413),
)
def send(
    consultation_id: UUID,
    body: SendIn,
    services: ServicesDep,
    write: Annotated[Write, Depends(write_for(Act.SEND_ANSWER))],
) -> Response:
    """Put the link of the answer told into the outbox, with a record of it."""

    def answer() -> Answer:
        found = consultation_for(write.session, consultation_id, write.caller)
        require_channel(body.channel, services.settings)
        day = beijing_day(write.now)
        told = told_link(write.session, found, services.settings, day=day)
        sent = send_answer(
            write.session,
            found,
            channel=body.channel,
            to=body.to,
            pair_id=told.pair_id,
            link=told.link,
            cipher=services.cipher,
            actor=write.actor(body.stated),
            now=write.now,
        )
        lines = sent_of(write.session, found.id)
        return 201, SentOut.of(next(line for line in lines if line.sent.id == sent.id))

    return write.once(body, answer)


@router.get(
    "/consultations/{consultation_id}/sent-answers",
    summary="这次咨询发送过的答复链接",
    responses=problem_responses(404),
)
def sent_of_one(consultation_id: UUID, session: ReadSession, caller: Reader) -> SentListOut:
    """Return what was sent about a consultation, newest first."""
    found = consultation_for(session, consultation_id, caller)
    lines = sent_of(session, found.id)
    return SentListOut.of(lines, len(lines))


@router.get("/sent-answers", summary="发送过的答复链接，新的在前", responses=problem_responses())
def sent(
    query: Annotated[SentQuery, Query()], session: ReadSession, caller: Supervisor
) -> SentListOut:
    """Return what was sent of the answers of the caller's units."""
    lines = list_sent(
        session,
        before=query.cursor,
        within=caller.units(Permission.READ_CONSULTATIONS),
        limit=query.limit + 1,
    )
    return SentListOut.of(lines, query.limit)
