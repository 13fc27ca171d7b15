"""Lessons of the desk: callers' questions with the pairs that are right, and those only near.

Nothing is stored: every call reads what stands now, so that an act that was undone, an entry
that was voided and a question whose names were masked later are learnt from as they are today.
Questions are read as they are kept, with personal data masked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.accounts.models import AuditEvent
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.search.long_questions import WHOLE_CHARACTERS
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.record.content import wording_key
from qa_service.ledger.models import LedgerEntry
from qa_service.vocabulary import AuditAction, EntryKind, EntryState, LabelledEnum, PairStatus

NEWEST = 5_000
"""Consultations of each kind that are read, the newest; more would take a night to learn."""

SUBJECT = "咨询 "
"""Beginning of the audited subject of an act on a consultation."""

_USABLE = (
    col(Consultation.as_of).is_(None),
    func.length(col(Consultation.question)) <= WHOLE_CHARACTERS,
)
"""Conditions of what is learnt from: no past rules, no long questions."""

_NEWEST_FIRST = (col(Consultation.created_at).desc(), col(Consultation.id))


class LessonOrigin(LabelledEnum):
    """The act that a lesson comes from; of one wording the first named here counts."""

    ACCEPTED = "accepted", "已采纳的问法"
    CORRECTED = "corrected", "改选"
    CHOSEN = "chosen", "坐席选定"
    ANSWERED_LATER = "answered_later", "都不是，后有答复入库"
    NOTHING_FITS = "nothing_fits", "都不是，办结没有入库"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, the ids of the pairs that answer it (none: nothing does), and of near ones.

    ``asked_at`` is the time of the question; None for an accepted wording.
    """

    text: str
    origin: LessonOrigin
    relevant: frozenset[int]
    near: frozenset[int] = frozenset()
    asked_at: datetime | None = None

    @property
    def key(self) -> str:
        """Identifies the wording, however it is written."""
        return wording_key(self.text)


def lessons_of_the_desk(session: Session) -> list[Lesson]:
    """Return the lessons of choices and of questions that no candidate answered, newest first."""
    return [*_told(session), *_none_of_these(session)]


def merged(lessons: Iterable[Lesson]) -> list[Lesson]:
    """Return each wording once: what answered it any time is right, the rest of it near."""
    by_key: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        by_key[lesson.key].append(lesson)
    return [_one_of(same) for same in by_key.values()]


def _one_of(same: list[Lesson]) -> Lesson:
    ranks = list(LessonOrigin)
    first = min(same, key=lambda lesson: ranks.index(lesson.origin))
    relevant = frozenset[int]().union(*(lesson.relevant for lesson in same))
    near = frozenset[int]().union(*(lesson.near for lesson in same))
    times = [lesson.asked_at for lesson in same if lesson.asked_at is not None]
    return Lesson(first.text, first.origin, relevant, near - relevant, min(times, default=None))


def _told(session: Session) -> Iterator[Lesson]:
    """Yield the questions that were answered with a pair; one told before it by mistake is near."""
    taken_back = _taken_back(session)
    statement = (
        select(Consultation.id, Consultation.question, Consultation.created_at, Choice.pair_id)
        .join(Choice, col(Choice.consultation_id) == Consultation.id)
        .where(Choice.outcome == ChoiceOutcome.TOLD, *_USABLE)
        .order_by(*_NEWEST_FIRST)
        .limit(NEWEST)
    )
    for consultation_id, question, asked_at, pair_id in session.exec(statement).all():
        if pair_id is None:
            continue
        near = taken_back.get(consultation_id, frozenset()) - {pair_id}
        origin = LessonOrigin.CORRECTED if near else LessonOrigin.CHOSEN
        yield Lesson(question, origin, frozenset({pair_id}), near, asked_at)


def _none_of_these(session: Session) -> Iterator[Lesson]:
    """Yield the questions registered although candidates were shown, once it is known what came.

    A reply that became a published pair is right; an entry that was closed without one tells that
    nothing of the bank answers. A candidate with a blank for the district may be right and could
    not be told: it is not near, and beside it nothing is known to be without an answer.
    """
    taken_back = _taken_back(session)
    statement = (
        select(Consultation, LedgerEntry, QAPair.status)
        .join(Choice, col(Choice.consultation_id) == Consultation.id)
        .join(LedgerEntry, col(LedgerEntry.consultation_id) == Consultation.id)
        .join(QAPair, col(QAPair.id) == LedgerEntry.pair_id, isouter=True)
        .where(
            Choice.outcome == ChoiceOutcome.REGISTERED,
            LedgerEntry.kind == EntryKind.CONSULTATION,
            LedgerEntry.state != EntryState.VOIDED,
            *_USABLE,
        )
        .order_by(*_NEWEST_FIRST)
        .limit(NEWEST)
    )
    for consultation, entry, status in session.exec(statement).all():
        shown = consultation.candidates
        if not shown:
            continue
        unfilled = {one.qa_id for one in shown if one.content.blanks}
        near = {one.qa_id for one in shown} - unfilled
        near |= taken_back.get(consultation.id, frozenset())
        if status is PairStatus.PUBLISHED and entry.pair_id is not None:
            origin, relevant = LessonOrigin.ANSWERED_LATER, frozenset({entry.pair_id})
        elif _has_no_pair(entry, status) and not unfilled:
            origin, relevant = LessonOrigin.NOTHING_FITS, frozenset[int]()
        else:
            continue
        yield Lesson(
            consultation.question,
            origin,
            relevant,
            frozenset(near) - relevant,
            consultation.created_at,
        )


def _has_no_pair(entry: LedgerEntry, status: str | None) -> bool:
    """Return whether the entry is closed and its reply became no pair."""
    is_declined = entry.pair_id is None or (
        status is PairStatus.WITHDRAWN and entry.pair_declined is not None
    )
    return entry.state is EntryState.CLOSED and is_declined


def _taken_back(session: Session) -> Mapping[str, frozenset[int]]:
    """Return, by the id of the consultation, the pairs whose telling was undone."""
    statement = (
        select(AuditEvent.subject, AuditEvent.details)
        .where(AuditEvent.action == AuditAction.TAKE_BACK)
        .order_by(col(AuditEvent.id).desc())
        .limit(NEWEST)
    )
    found: dict[str, frozenset[int]] = {}
    for subject, details in session.exec(statement).all():
        pair_id = details.get("pair")
        if isinstance(pair_id, int) and subject.startswith(SUBJECT):
            consultation_id = subject.removeprefix(SUBJECT)
            found[consultation_id] = found.get(consultation_id, frozenset()) | {pair_id}
    return found
