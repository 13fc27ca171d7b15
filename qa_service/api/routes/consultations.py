"""Routes to ask a question, record the answer given, and search without a record."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import Session

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import Caller, caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.consultations import (
    ChoiceIn,
    ChoiceOut,
    ConsultationIn,
    ConsultationOut,
    SearchOut,
    SearchQuery,
)
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.consultation import choosing, service
from qa_service.consultation.callbacks.contacts import keep_contact
from qa_service.consultation.callbacks.reworking import reworked_answers
from qa_service.consultation.duplicates.repeats import repeats_of, repeats_of_inquiry
from qa_service.consultation.inquiry import clean_question, search_text
from qa_service.consultation.models import Consultation
from qa_service.consultation.telling import outdated_ids
from qa_service.knowledge.media.service import shown_media
from qa_service.ledger.askers.details import NOBODY
from qa_service.ledger.queries import EntryView, entry_of_consultation, find_entry
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope, Verdict

router = APIRouter(tags=["咨询"], dependencies=[Depends(caller_with(Scope.CONSULT))])

Reader = Annotated[Caller, Depends(reader_with(Permission.CONSULT, Scope.CONSULT))]
AskWrite = Annotated[Write, Depends(write_for(Act.ASK))]
ChoiceWrite = Annotated[Write, Depends(write_for(Act.CHOOSE))]
TakeBackWrite = Annotated[Write, Depends(write_for(Act.TAKE_BACK))]


@router.post(
    "/consultations",
    summary="提问：命中即答，未命中自动登记",
    status_code=201,
    response_model=ConsultationOut,
    responses=problem_responses(404, 409, 413)
    | {200: {"description": "此前已受理，返回原记录", "model": ConsultationOut}},
)
def ask(body: ConsultationIn, services: ServicesDep, write: AskWrite) -> Response:
    """Search the bank and record the question with its candidates."""
    inquiry = body.inquiry(actor=write.actor(body.stated), cipher=services.cipher)
    deps = services.consultation
    # Before the write transaction, so that encoding and comparing do not block other writers.
    result = service.search_for(deps, inquiry, now=write.now)
    with session_scope(services.database, read_only=True) as session:
        repeats = repeats_of_inquiry(session, deps, inquiry, result, now=write.now)

    def answer() -> Answer:
        recorded = service.record(write.session, deps, inquiry, result, now=write.now)
        shown = _shown(
            write.session,
            recorded.consultation,
            services,
            repeats,
            searched_again=recorded.is_renewed,
        )
        return 201 if recorded.is_new else 200, shown

    return write.once(body, answer)


@router.get(
    "/consultations/{consultation_id}",
    summary="查看一次咨询",
    responses=problem_responses(404),
)
def read(
    consultation_id: UUID, services: ServicesDep, session: ReadSession, caller: Reader
) -> ConsultationOut:
    """Return the consultation with the result it was answered with."""
    found = consultation_for(session, consultation_id, caller)
    return _shown(session, found, services, _repeats(session, found, services))


@router.post(
    "/consultations/{consultation_id}/choice",
    summary="记录告知了哪一条，或都不是（登记台账）",
    response_model=ChoiceOut,
    responses=problem_responses(404, 409, 413),
)
def choose(
    consultation_id: UUID, body: ChoiceIn, services: ServicesDep, write: ChoiceWrite
) -> Response:
    """Record the pair the asker was told; ``none`` registers the question in the ledger."""

    def answer() -> Answer:
        found = consultation_for(write.session, consultation_id, write.caller)
        return 200, _chosen(found, body, services, write)

    return write.once(body, answer)


@router.delete(
    "/consultations/{consultation_id}/choice",
    summary="撤销 10 分钟内误记的告知、登记或再次来电",
    response_model=ConsultationOut,
    responses=problem_responses(404, 409),
)
def take_back(consultation_id: UUID, services: ServicesDep, write: TakeBackWrite) -> Response:
    """Undo what the caller recorded within ten minutes; the consultation awaits a choice again."""
    with session_scope(services.database, read_only=True) as session:
        seen = consultation_for(session, consultation_id, write.caller)
        repeats = _repeats(session, seen, services)

    def answer() -> Answer:
        found = consultation_for(write.session, consultation_id, write.caller)
        choosing.take_back(write.session, found, actor=write.caller.actor, now=write.now)
        return 200, _shown(write.session, found, services, repeats)

    return write.once(None, answer)


@router.get(
    "/search",
    summary="检索，不留记录",
    dependencies=[Depends(reader_with(Permission.CONSULT, Scope.CONSULT))],
    response_model=SearchOut,
    responses=problem_responses(404),
)
def search(query: Annotated[SearchQuery, Query()], services: ServicesDep) -> Response:
    """Return the candidates for a question without recording it."""
    question = search_text(clean_question(query.q))
    today = beijing_day(services.clock.now())
    day = query.as_of or today
    if day != today:
        services.searcher.check_day(day, today=today)
    result = services.searcher.search(
        question,
        area=query.field,
        day=day,
        narrowed=query.narrowed(),
        today=today,
        is_past=day != today,
    )
    # The session is opened and the JSON written here: a dependency and FastAPI's response
    # validation would add three thread hand-overs to this most frequent request.
    with session_scope(services.database, read_only=True) as session:
        # Pictures kept with a pair are of today's rule.
        pictured = () if result.as_of else result.shown
        media = shown_media(session, [one.qa_id for one in pictured])
    answer = SearchOut.of(result, media, limit=query.limit)
    return Response(answer.model_dump_json(), media_type="application/json")


def _chosen(
    consultation: Consultation, body: ChoiceIn, services: Services, write: Write
) -> ChoiceOut:
    actor, now, session = write.actor(body.stated), write.now, write.session
    asker = body.asker.details() if body.asker else NOBODY
    if body.qa_id is not None:
        choice = choosing.choose(session, consultation, body.qa_id, actor=actor, now=now)
        if not asker.is_empty:
            keep_contact(session, consultation, asker, cipher=services.cipher, actor=actor, now=now)
        return ChoiceOut.of_candidate(choice)
    service.choose_none(
        session,
        services.consultation,
        consultation,
        actor=actor,
        now=now,
        asker=asker,
        unit=body.unit,
        area=body.field,
        late=body.late.receipt() if body.late else None,
    )
    entry = _entry(write.session, consultation, services)
    return ChoiceOut.registered(consultation.id, entry)


def consultation_for(session: Session, consultation_id: UUID, caller: Caller) -> Consultation:
    """Return the consultation; to a unit's key only one that the key asked itself.

    Raises ConsultationNotFoundError.
    """
    found = service.find_consultation(session, str(consultation_id))
    if caller.unit_id is not None and found.operator_key_id != caller.key_id:
        raise service.ConsultationNotFoundError("没有这次咨询，请重新提问")
    return found


def _repeats(
    session: Session, consultation: Consultation, services: Services
) -> list[EarlierEntry]:
    now = services.clock.now()
    return repeats_of(session, services.consultation, consultation, now=now)


def _shown(
    session: Session,
    consultation: Consultation,
    services: Services,
    repeats: Sequence[EarlierEntry],
    *,
    searched_again: bool = False,
) -> ConsultationOut:
    pictured = () if consultation.as_of else consultation.shown
    media = shown_media(session, [shown.qa_id for shown in pictured])
    entry = _entry(session, consultation, services)
    # This request or a concurrent one may have created the entry after the comparison.
    others = [one for one in repeats if entry is None or one.number != entry.number]
    today = beijing_day(services.clock.now())
    outdated = outdated_ids(session, consultation.shown, day=today, as_of=consultation.as_of)
    return ConsultationOut.of(
        consultation,
        entry,
        others,
        media,
        outdated=outdated,
        warnings=_warnings(session, consultation, services),
        searched_again=searched_again,
    )


def _warnings(session: Session, consultation: Consultation, services: Services) -> list[str]:
    """Return what pages tell of answers in rework, where the question was not answered."""
    if consultation.verdict is Verdict.ANSWERED:
        return []
    found = reworked_answers(session, services.consultation, consultation.question)
    return [one.told for one in found]


def _entry(session: Session, consultation: Consultation, services: Services) -> EntryView | None:
    number = entry_of_consultation(session, consultation.id)
    if number is None:
        return None
    today = beijing_day(services.clock.now())
    return find_entry(session, number, today=today, calendar=services.calendar)
