"""The caller of the present call: earlier questions and open entries of the same contact.

Contacts are compared by keyed hash, never by number, and shown masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from qa_service.consultation.calls.saying import progress_sentence
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.service import ConsultationDeps
from qa_service.knowledge.pairs.in_force import views_in_force
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.ledger.askers.details import AskerDetails, contact_hash, mask_contact
from qa_service.ledger.askers.phone_numbers import plain_contact
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.queries import EntryView, load_entry
from qa_service.ledger.similar_entries import entries_of_contact
from qa_service.ledger.workflow.replies import last_reply
from qa_service.vocabulary import FINISHED, Channel

QUESTIONS_SHOWN = 10
ENTRIES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """An earlier question and what became of it, None where nothing was recorded.

    ``entry`` is its ledger number, ``told`` the question of the pair told, which ``has_changed``
    if that answer is no longer told as it was.
    """

    id: str
    call_id: str
    question: str
    channel: Channel
    asked_at: datetime
    outcome: ChoiceOutcome | None
    note: str = ""
    entry: str | None = None
    told: str | None = None
    has_changed: bool = False


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """One earlier call with its questions."""

    began_at: datetime
    channel: Channel
    questions: tuple[AskedBefore, ...]


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry whose asker calls again, with the sentence to say."""

    entry: EntryView
    saying: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller by their contact: what they asked before, and their entries that are open."""

    contact_masked: str
    questions: tuple[AskedBefore, ...]
    entries: tuple[OpenEntry, ...]

    @property
    def calls(self) -> tuple[EarlierCall, ...]:
        """The earlier questions by call, the newest call first."""
        by_call: dict[str, list[AskedBefore]] = {}
        for one in self.questions:
            by_call.setdefault(one.call_id, []).insert(0, one)
        return tuple(
            EarlierCall(asked[0].asked_at, asked[0].channel, tuple(asked))
            for asked in by_call.values()
        )


def look_up(
    session: Session,
    deps: ConsultationDeps,
    phone: str,
    *,
    now: datetime,
    today: date,
    besides_call: str = "",
) -> Caller | None:
    """Return what is known of the contact ``phone``; None for an empty one.

    Questions of the call ``besides_call`` are left out: they are the present call's own.
    """
    wanted = contact_hash(AskerDetails(phone=phone), deps.cipher)
    if wanted is None:
        return None
    since = now - timedelta(days=deps.rules.repeat_days)
    return Caller(
        contact_masked=mask_contact(plain_contact(phone)),
        questions=_asked(session, wanted, since=since, today=today, besides_call=besides_call),
        entries=_open_entries(session, deps, wanted, since=since, today=today),
    )


def questions_of_call(
    session: Session, call_id: str, *, today: date, besides: str = ""
) -> tuple[AskedBefore, ...]:
    """Return the questions of one call, the oldest first, without the consultation ``besides``."""
    statement = _questions().where(Consultation.call_id == call_id, Consultation.id != besides)
    ordered = statement.order_by(col(Consultation.created_at)).limit(QUESTIONS_SHOWN)
    return _before(session, session.exec(ordered).all(), today)


def _asked(
    session: Session, wanted: str, *, since: datetime, today: date, besides_call: str
) -> tuple[AskedBefore, ...]:
    statement = (
        _questions()
        .join(Asker, col(Asker.id) == Consultation.asker_id)
        .where(
            Asker.contact_hash == wanted,
            col(Consultation.created_at) >= since,
            Consultation.call_id != besides_call,
        )
        .order_by(col(Consultation.created_at).desc())
        .limit(QUESTIONS_SHOWN)
    )
    return _before(session, session.exec(statement).all(), today)


def _questions() -> "Select[Consultation, Choice, str]":
    return (
        select(Consultation, Choice, col(LedgerEntry.number))
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .join(LedgerEntry, col(LedgerEntry.consultation_id) == Consultation.id, isouter=True)
        .options(defer(Consultation.candidates), defer(Consultation.nearest))  # type: ignore[arg-type]
    )


def _before(
    session: Session,
    rows: Sequence[tuple[Consultation, Choice | None, str | None]],
    today: date,
) -> tuple[AskedBefore, ...]:
    told = {_pair_of(choice) for one, choice, _ in rows if one.as_of is None} - {0}
    views = {view.pair_id: view for view in view_pairs(session, told, day=today)}
    return tuple(_one_before(*row, _view_of(session, views, *row[:2])) for row in rows)


def _view_of(
    session: Session,
    views: Mapping[int, PairView],
    consultation: Consultation,
    choice: Choice | None,
) -> PairView | None:
    """Return the pair told as it is today, or was on the past day whose rules were asked for."""
    pair_id, as_of = _pair_of(choice), consultation.as_of
    if as_of is None or not pair_id:
        return views.get(pair_id)
    return next(iter(views_in_force(session, [pair_id], day=as_of)), None)


def _pair_of(choice: Choice | None) -> int:
    return choice.pair_id or 0 if choice else 0


def _one_before(
    consultation: Consultation, choice: Choice | None, number: str | None, view: PairView | None
) -> AskedBefore:
    outcome = choice.outcome if choice else None
    is_told = choice is not None and choice.pair_id is not None
    is_same = view is not None and view.showable and choice and view.version == choice.version
    return AskedBefore(
        id=consultation.id,
        call_id=consultation.call_id,
        question=consultation.question,
        channel=consultation.channel,
        asked_at=consultation.created_at,
        outcome=outcome or (ChoiceOutcome.REGISTERED if number else None),
        note=choice.note if choice else "",
        entry=number or consultation.repeat_of,
        told=view.content.question if is_told and view is not None else None,
        has_changed=is_told and not is_same,
    )


def _open_entries(
    session: Session, deps: ConsultationDeps, wanted: str, *, since: datetime, today: date
) -> tuple[OpenEntry, ...]:
    found = entries_of_contact(session, wanted, since=since, limit=ENTRIES_SHOWN)
    return tuple(
        _open_entry(session, deps, entry, today) for entry in found if entry.state not in FINISHED
    )


def _open_entry(
    session: Session, deps: ConsultationDeps, entry: LedgerEntry, today: date
) -> OpenEntry:
    _, view = load_entry(session, entry.number, today=today, calendar=deps.calendar)
    reply = last_reply(session, entry)
    return OpenEntry(view, progress_sentence(view, reply.phone_script if reply else None))
