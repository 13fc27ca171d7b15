"""Saving the form of a pair, and submitting it if asked."""

from sqlmodel import Session
from starlette.responses import Response

from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.permissions import (
    find_owned,
)
from qa_service.knowledge.pairs.record.rules import InvalidPairError, with_unread
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    EditConflictError,
    draft_pair,
    edit_pair,
    find_pair,
    storing_problems,
)
from qa_service.knowledge.review.prechecks import check_typed
from qa_service.knowledge.review.service import (
    AlreadySubmittedError,
    PrecheckFailedError,
    submit,
)
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.bank.forms.pair_form import (
    FAULTY,
    read_content,
    read_typed,
    submitted_form,
)
from qa_service.web.bank.pairs.form_page import form_page, own_units, pair_page, view_of
from qa_service.web.kit.done import Done
from qa_service.web.kit.visit import PageContext

REFUSALS = (InvalidPairError, DuplicateQuestionError, EditConflictError, AlreadySubmittedError)
"""Errors the author can correct, shown on the form."""


def save(visit: PageContext, pair_id: int | None) -> Response:
    """Save the form and submit the pair if asked; invalid input rolls the save back."""
    form = submitted_form(visit.form)
    if pair_id is not None:
        # First of all, because the page that tells what is wrong shows the pair.
        with visit.read() as session:
            owned(visit, session, pair_id)
    visit.services.index_sync.follow()
    try:
        with visit.write() as session:
            pair = _stored(visit, session, form, pair_id)
            refusal = _submitted(visit, session, pair)
    except REFUSALS as error:
        with visit.read() as session:
            view = view_of(visit, session, pair_id) if pair_id is not None else None
            told = _every_fault(visit, session, form, pair_id, error)
            # Refused for another reason, it still was filled in over what was shown before.
            is_told_of_others = isinstance(error, EditConflictError)
            seen = None if is_told_of_others else visit.form.number("seen")
            return form_page(visit, session, form, view=view, refusal=told, seen=seen)
    if refusal is not None:
        return stored_page(visit, stored_id(pair), refusal=refusal)
    if visit.form.text("then") == "submit":
        return visit.lead(f"/pairs/{stored_id(pair)}/review", Done.SUBMITTED)
    return to_form(visit, stored_id(pair), Done.SAVED)


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
    if isinstance(error, EditConflictError | AlreadySubmittedError):
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


def owned(visit: PageContext, session: Session, pair_id: int) -> QAPair:
    """Return a pair that the user may change. Raises PairNotFoundError, OwnerOnlyError."""
    return find_owned(session, pair_id, visit.user.authority, visit.user.bank_units)


def _stored(visit: PageContext, session: Session, form: ContentForm, pair_id: int | None) -> QAPair:
    content = read_content(session, form)
    within = own_units(visit)
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


def stored_page(visit: PageContext, pair_id: int, *, refusal: QAServiceError) -> Response:
    """Show the form of the stored pair with what was refused."""
    with visit.read() as session:
        return pair_page(visit, session, find_pair(session, pair_id), refusal=refusal)


def to_form(visit: PageContext, pair_id: int, done: Done) -> Response:
    """Send the browser to the form of the pair, which says what was done."""
    return visit.lead(f"/pairs/{pair_id}/edit", done)
