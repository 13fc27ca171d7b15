"""View models of the ledger pages."""

from dataclasses import dataclass
from datetime import date, datetime

from qa_service.ledger.queries import EntryView
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.labels import Badge
from qa_service.workdays.deadline import DayProof, DueDate


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A day between receipt and due date; ``ordinal`` counts the working days."""

    day: date
    ordinal: int | None
    why: str


@dataclass(frozen=True, slots=True)
class EntryCard:
    """A ledger entry with its deadline as icon, text and colour, and its day-by-day proof."""

    entry: EntryView
    kind: str
    state: str
    due: Badge
    days_left: str
    routed_by: str
    proof: tuple[ProofLine, ...]


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """A reminder in a unit's inbox."""

    id: int
    number: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BulkForm:
    """Words typed for one act on many entries, to be shown again."""

    reason: str = ""
    unit: str = ""
    workdays: str = ""


def listed_card(entry: EntryView) -> EntryCard:
    """Return the card of an entry in a list, without the proof of its deadline."""
    return _card(entry, ())


def entry_card(entry: EntryView, due: DueDate) -> EntryCard:
    """Return the card of an entry with the day-by-day proof of its deadline.

    The proof is left out when it does not lead to the stored date, for example when a new
    holiday notice has been published and the deadline is not recalculated yet.
    """
    return _card(entry, due.proof if due.due_on == entry.due_on else ())


def _card(entry: EntryView, proof: tuple[DayProof, ...]) -> EntryCard:
    return EntryCard(
        entry=entry,
        kind=entry.kind.label,
        state=entry.state.label,
        due=labels.badge(entry.due_status),
        days_left=labels.days_left(entry.days_left, entry.due_status),
        routed_by=entry.routed_by.label,
        proof=_proof_lines(proof),
    )


def _proof_lines(proof: tuple[DayProof, ...]) -> tuple[ProofLine, ...]:
    lines: list[ProofLine] = []
    counted = 0
    for day in proof:
        counted += day.counted
        lines.append(ProofLine(day.day, counted if day.counted else None, day.why))
    return tuple(lines)
