"""Routes for outcomes: told, registered, repeated, transferred (转接), 无需处理, and undone."""

from collections.abc import Callable

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import UnitNotFoundError
from qa_service.consultation.callbacks.contacts import keep_contact
from qa_service.consultation.calls.contact import keep_number
from qa_service.consultation.calls.outcomes import OutcomeNoteError, dismiss, transfer
from qa_service.consultation.choosing import AlreadyChosenError, choose, is_recorded_by, take_back
from qa_service.consultation.duplicates.repeats import note_repeat, repeats_of
from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.service import choose_none, find_consultation
from qa_service.errors import ConflictError, InvalidInputError
from qa_service.knowledge.pairs.record.content import CLARIFYING_COUNT
from qa_service.ledger.askers.details import InvalidContactError, check_contact
from qa_service.ledger.queries import entry_of_consultation
from qa_service.web.ask.answer_page import Held, answer
from qa_service.web.ask.refused_forms import AsideForm
from qa_service.web.ask.register_form import Typed
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/consultations/{consultation_id}",
    dependencies=[Depends(guard_page)],
    include_in_schema=False,
)

Act = Callable[[Session, Consultation], None]


@router.post("/choice", dependencies=[permits(Permission.CONSULT)])
def tell(visit: Page, consultation_id: str) -> Response:
    """Record the candidate that the asker was told (已告知), and the number of the call.

    A number that looks wrong does not hold the record back: it is asked for again.
    """
    typed = Typed.of(visit.form)
    try:
        check_contact(typed.asker)
    except InvalidContactError as error:
        typed = typed.refused(error)
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
    try:
        with visit.write() as session:
            _tell(visit, session, find_consultation(session, consultation_id), typed)
    except ConflictError as error:
        return answer(visit, consultation, Held(refusal=error.message))
    return answer(visit, consultation, Held(typed=typed if typed.refusal else None), status=200)


@router.post("/contact", dependencies=[permits(Permission.CONSULT)])
def contact(visit: Page, consultation_id: str) -> Response:
    """Keep the contact of an asker who was told an answer, for a later correction of it."""
    typed = Typed.of(visit.form)
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
    try:
        with visit.write() as session:
            _keep(visit, session, find_consultation(session, consultation_id), typed)
    except InvalidContactError as error:
        typed = typed.refused(error)
    return answer(visit, consultation, Held(typed=typed if typed.refusal else None))


@router.post("/choice/undo", dependencies=[permits(Permission.CONSULT)])
def untell(visit: Page, consultation_id: str) -> Response:
    """Undo what was recorded by mistake, whatever the outcome was."""
    return _record(
        visit,
        consultation_id,
        lambda session, held: take_back(session, held, actor=visit.actor, now=visit.now),
    )


@router.post("/registration", dependencies=[permits(Permission.CONSULT)])
def register(visit: Page, consultation_id: str) -> Response:
    """Register the question, with the asker if given; similar entries are shown first.

    The form's ``seen`` holds the numbers of entries the page already showed; only entries not
    among them hold the registration back, and so does a contact that looks wrong.
    """
    typed, deps = Typed.of(visit.form), visit.services.consultation
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
        earlier = repeats_of(session, deps, consultation, now=visit.now, asker=typed.asker)
    try:
        check_contact(typed.asker)
        typed.late.read(visit.now)
        if {one.number for one in earlier} - typed.seen:
            return answer(visit, consultation, Held(earlier, typed))
        with visit.write() as session:
            _register(visit, session, find_consultation(session, consultation_id), typed)
    except (InvalidInputError, UnitNotFoundError) as error:
        return answer(visit, consultation, Held(earlier, typed.refused(error)))
    except ConflictError as error:
        return answer(visit, consultation, Held(refusal=error.message))
    return answer(visit, consultation)


@router.post("/repeat", dependencies=[permits(Permission.CONSULT)])
def repeat(visit: Page, consultation_id: str) -> Response:
    """Record a repeated question as an event of the earlier entry instead of a new entry."""
    number = visit.form.text("number")
    return _record(
        visit,
        consultation_id,
        lambda session, held: note_repeat(session, held, number, actor=visit.actor, now=visit.now),
    )


@router.post("/transfer", dependencies=[permits(Permission.CONSULT)])
def pass_on(visit: Page, consultation_id: str) -> Response:
    """Record that the call was transferred (转接), and where to."""
    to = visit.form.text("to")
    return _set_aside(
        visit,
        consultation_id,
        lambda session, held: transfer(session, held, to=to, actor=visit.actor, now=visit.now),
    )


@router.post("/dismissal", dependencies=[permits(Permission.CONSULT)])
def set_aside(visit: Page, consultation_id: str) -> Response:
    """Record that nothing is to be done (无需处理), and why.

    ``back`` is the consultation on the page, where another one of its call is dismissed.
    """
    reason = visit.form.text("reason")
    return _set_aside(
        visit,
        consultation_id,
        lambda session, held: dismiss(
            session, held, reason=reason, actor=visit.actor, now=visit.now
        ),
    )


def _tell(visit: PageContext, session: Session, held: Consultation, typed: Typed) -> None:
    actor, now, answered = visit.actor, visit.now, _branches(visit)
    choose(session, held, visit.form.number("qa_id"), actor=actor, now=now, answered=answered)
    if typed.refusal is None:
        phone, cipher = typed.asker.phone or "", visit.services.cipher
        keep_number(session, held, phone, cipher=cipher, actor=actor, now=now)


def _record(visit: PageContext, consultation_id: str, act: Act) -> Response:
    """Record an outcome; a conflict is told above the result, which stays on the page."""
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
    try:
        with visit.write() as session:
            act(session, find_consultation(session, consultation_id))
    except ConflictError as error:
        return answer(visit, consultation, Held(refusal=error.message))
    return answer(visit, consultation)


def _set_aside(visit: PageContext, consultation_id: str, act: Act) -> Response:
    """Record an outcome that needs words; the page asks for them again if they are missing."""
    back = visit.form.text("back")
    with visit.read() as session:
        shown = find_consultation(session, back or consultation_id)
    try:
        with visit.write() as session:
            act(session, find_consultation(session, consultation_id))
    except OutcomeNoteError as error:
        form = AsideForm(visit.form.text("to"), visit.form.text("reason"), problems_by_field(error))
        return answer(visit, shown, Held(aside=form))
    except ConflictError as error:
        return answer(visit, shown, Held(refusal=error.message))
    return answer(visit, shown)


def _branches(visit: PageContext) -> dict[int, bool]:
    """Return the answers chosen to the clarifying questions, by their place."""
    given = {place: visit.form.text(f"branch-{place}") for place in range(CLARIFYING_COUNT)}
    return {place: value == "yes" for place, value in given.items() if value in {"yes", "no"}}


def _register(
    visit: PageContext, session: Session, consultation: Consultation, typed: Typed
) -> None:
    # A repeated request finds the entry, whose contact is corrected in the ledger.
    if entry_of_consultation(session, consultation.id) is None:
        _keep(visit, session, consultation, typed)
    elif not _is_own(visit, session, consultation):
        raise AlreadyChosenError("本次咨询已经登记，不再登记；联系方式有变的，请在台账中更正")
    choose_none(
        session,
        visit.services.consultation,
        consultation,
        actor=visit.actor,
        now=visit.now,
        join_to=typed.join_to or None,
        unit=typed.unit or None,
        area=typed.area,
        names=typed.names,
        late=typed.late.read(visit.now),
    )


def _is_own(visit: PageContext, session: Session, consultation: Consultation) -> bool:
    """Return whether the registration is the user's own, or nobody's that is known."""
    choice = session.get(Choice, consultation.id)
    return choice is None or is_recorded_by(visit.actor, choice)


def _keep(visit: PageContext, session: Session, consultation: Consultation, typed: Typed) -> None:
    """Store the contact typed; emptied boxes remove one that was heard in the question."""
    if typed.asker.is_empty and not visit.form.text("heard"):
        return
    keep_contact(
        session,
        consultation,
        typed.asker,
        cipher=visit.services.cipher,
        actor=visit.actor,
        now=visit.now,
    )
