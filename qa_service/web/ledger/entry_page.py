"""The page of one ledger entry: allowed actions, file and history."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.api_keys import key_names
from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.desk.following import ratings_of_entry
from qa_service.consultation.duplicates.shared_entries import repeats_on
from qa_service.consultation.models import Consultation
from qa_service.consultation.sending.notices import notices_of
from qa_service.errors import QAServiceError
from qa_service.knowledge.gates import REPLY_GATES, statements_of
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import may_open
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.policies.citing import document_citations, document_names
from qa_service.ledger.entry_file import EntryFile, allowed_actions, open_file
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.replies.reply_checks import LABELS
from qa_service.ledger.replies.reply_links import has_link
from qa_service.ledger.similar_entries import similar_entries
from qa_service.ledger.workflow.assignment import may_join_to, return_by
from qa_service.ledger.workflow.calling import Contact
from qa_service.ledger.workflow.closing import closing_blockers
from qa_service.ledger.workflow.linked_replies import may_send_link
from qa_service.ledger.workflow.replies import NoReplyError
from qa_service.ledger.workflow.undoing import undoable_act
from qa_service.reporting.pending.items import PendingItem, PendingKind
from qa_service.reporting.pending.work import next_pending
from qa_service.vocabulary import (
    Action,
    CallOutcome,
    EntryKind,
    EntryState,
    PairStatus,
    Satisfaction,
    SendChannel,
)
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.bank.review.review_views import affirmed
from qa_service.web.kit.forms import problems_by_field, status_of
from qa_service.web.kit.pending import watch_of
from qa_service.web.kit.visit import PageContext
from qa_service.web.ledger.reply_changes import reply_changes
from qa_service.web.ledger.reply_form import first_reply_form, stored_reply_form
from qa_service.web.ledger.views import entry_card

_ANSWERED = (EntryState.APPROVED, EntryState.INFORMED)


def load_file(visit: PageContext, session: Session, number: str) -> EntryFile:
    """Load the file of an entry that the user may see; raises EntryNotFoundError."""
    return open_file(
        session,
        number,
        today=visit.today,
        calendar=visit.services.calendar,
        within=visit.user.ledger_units,
    )


def show_entry(
    visit: PageContext,
    session: Session,
    file: EntryFile,
    *,
    refusal: QAServiceError | None = None,
    form: ContentForm | None = None,
    contact: Contact | None = None,
    done: Action | None = None,
    tried: Action | None = None,
) -> Response:
    """Show the page, with an error and the form ``tried`` as typed, or the revealed contact.

    After an act it says what was ``done`` and leads to the next thing of its kind.
    """
    allowed = allowed_actions(
        session,
        file.entry,
        visit.actor,
        now=visit.now,
        calendar=visit.services.calendar,
        rules=visit.services.ledger_rules,
    )
    names = document_names(session, _cited_keys(file))
    citations = document_citations(session, _cited_keys(file))
    is_answered = file.entry.state in _ANSWERED
    link_ways = _link_ways(visit, file.entry)
    context = {
        "undoable": undoable_act(session, file.entry, actor=visit.actor, now=visit.now),
        "return_by": _return_by(visit, file, allowed),
        "card": entry_card(file.view, file.due),
        "file": file,
        "pair_question": _pair_question(session, file),
        "opens_pair": _opens_pair(visit, session, file),
        "allowed": allowed,
        "outcomes": list(CallOutcome),
        "satisfactions": list(Satisfaction),
        "desk_ratings": ratings_of_entry(session, file.entry.id),
        "notices": notices_of(session, file.entry),
        "blockers": list(closing_blockers(session, file.entry)) if is_answered else [],
        "similar": _similar(visit, session, file.entry) if Action.JOIN in allowed else [],
        "form": form or _form(file, visit, names),
        "reply_changes": reply_changes(session, file.reply),
        "field_labels": LABELS,
        "is_despite": visit.form.text("despite_advice") == "yes",
        "reply_basis": _cited(file, citations),
        "units": list_units(session, active_only=True),
        "key_names": _key_names(session, file),
        "areas": list_areas(session, active_only=True),
        "contact": contact,
        "done": done,
        "link_ways": link_ways,
        "has_dead_link": not link_ways and _has_dead_link(visit, session, file.entry),
        "repeats": _repeats(visit, session, file.entry),
        "next_item": _next_item(visit, session, file, done),
        "statements": statements_of(REPLY_GATES),
        # Each is affirmed of the reply that is shown, not of the one that was.
        "typed_statements": () if isinstance(refusal, NoReplyError) else affirmed(visit.form),
        "tried": tried,
        "typed": visit.form,
        "refusal": refusal.message if refusal else None,
        "problems": problems_by_field(refusal),
        "is_correction": file.entry.kind is EntryKind.CORRECTION,
    }
    return visit.show("ledger/entry.html", context, status=status_of(refusal))


_SAME_WORK = {
    Action.RETURN: PendingKind.TO_ACCEPT,
    Action.CONTRIBUTE: PendingKind.OPINIONS,
    Action.DRAFT: PendingKind.TO_REPLY,
    Action.APPROVE: PendingKind.REPLIES_TO_APPROVE,
    Action.SEND_BACK: PendingKind.REPLIES_TO_APPROVE,
    Action.INFORM: PendingKind.REPLIES_TO_TELL,
    Action.EXTEND: PendingKind.EXTENSIONS,
    Action.REFUSE_EXTENSION: PendingKind.EXTENSIONS,
    Action.ASSIGN: PendingKind.RETURNED_ENTRIES,
    Action.URGE: PendingKind.OVERDUE,
}
"""The kind of pending work that an action takes an entry from."""


def _next_item(
    visit: PageContext, session: Session, file: EntryFile, done: Action | None
) -> PendingItem | None:
    kind = _SAME_WORK.get(done) if done else None
    if kind is None:
        return None
    watch = watch_of(visit.services, visit.now)
    return next_pending(session, visit.actor, watch, kind, besides=file.entry.number)


def _repeats(visit: PageContext, session: Session, entry: LedgerEntry) -> Sequence[Consultation]:
    """Return the repeats noted on the entry, to users who may open their records."""
    if visit.user.units_for(Permission.READ_CONSULTATIONS) is not None:
        return ()
    return repeats_on(session, entry)


def _pair_question(session: Session, file: EntryFile) -> str:
    pair_id = file.entry.pair_id or 0
    return questions_of(session, [pair_id]).get(pair_id, "") if pair_id else ""


def _opens_pair(visit: PageContext, session: Session, file: EntryFile) -> bool:
    """Return whether the user may open the entry's pair, which may be another unit's draft."""
    pair = session.get(QAPair, file.entry.pair_id or 0)
    if pair is None or pair.status is PairStatus.PUBLISHED:
        return pair is not None
    return may_open(pair, visit.user.bank_units)


def _link_ways(visit: PageContext, entry: LedgerEntry) -> Sequence[SendChannel]:
    """Return the ways by which the user may send the entry's unit a link now."""
    return visit.services.settings.reply_link_ways if may_send_link(entry, visit.actor) else ()


def _has_dead_link(visit: PageContext, session: Session, entry: LedgerEntry) -> bool:
    """Return whether the unit waits with a link that the service takes no more."""
    is_on = bool(visit.services.settings.reply_link_ways)
    return not is_on and may_send_link(entry, visit.actor) and has_link(session, entry)


def _return_by(visit: PageContext, file: EntryFile, allowed: Sequence[Action]) -> date | None:
    """Return the last day on which the unit may return the entry, if it may."""
    if Action.RETURN not in allowed:
        return None
    days = visit.services.ledger_rules.return_workdays
    return return_by(file.entry, calendar=visit.services.calendar, workdays=days)


def _key_names(session: Session, file: EntryFile) -> dict[int, str]:
    """Return the names of the API keys in the entry's history, by id."""
    keys = {event.actor_key_id for event in file.events}
    return key_names(session, {key for key in keys if key is not None})


def _form(file: EntryFile, visit: PageContext, names: dict[str, str]) -> ContentForm:
    if file.reply is not None:
        return stored_reply_form(file.reply, names)
    return first_reply_form(file.entry, visit.today)


def _similar(visit: PageContext, session: Session, entry: LedgerEntry) -> list[LedgerEntry]:
    """Return entries of nearly the same question to which the user may join this one."""
    if entry.kind is not EntryKind.CONSULTATION:
        return []
    found = similar_entries(
        session,
        terms=entry.terms.split(),
        question=entry.question,
        since=visit.now - timedelta(days=visit.services.ledger_rules.repeat_days),
        open_only=True,
        besides=entry.number,
        within=visit.user.ledger_units,
    )
    return [one for one in found if may_join_to(one, entry, visit.actor)]


def _cited_keys(file: EntryFile) -> set[str]:
    return {one.policy for one in file.reply.basis} if file.reply else set()


def _cited(file: EntryFile, names: dict[str, str]) -> list[tuple[str, str]]:
    basis = file.reply.basis if file.reply else ()
    return [(names.get(one.policy, one.policy), one.article or "") for one in basis]
