"""Tables of the ledger: entries, their append-only events, askers, day counters, holidays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    Index,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from qa_service.knowledge.content_parts import Basis
from qa_service.ledger.entry_indexes import ENTRY_INDEXES
from qa_service.ledger.prior_values import PriorValues
from qa_service.storage.column_types import (
    EnumList,
    EnumValue,
    JSONItem,
    JSONItems,
    UTCDateTime,
)
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    AREA_CHARACTERS,
    Action,
    AreaKey,
    CallOutcome,
    Channel,
    EntryKind,
    EntryState,
    LabelledEnum,
    Role,
    RoutedBy,
    Satisfaction,
    Statement,
)

_Typed = FreeText(masked)


class ReminderKind(LabelledEnum):
    """The occasion of a reminder: how near the deadline is, or a supervisor's 催办."""

    IN_TWO_DAYS = "in_two_days", "还有 2 个工作日到期"
    TOMORROW = "tomorrow", "下一个工作日到期"
    TODAY = "today", "今日到期"
    OVERDUE = "overdue", "已超期"
    URGED = "urged", "催办"
    OPINION = "opinion", "协办意见"


@dataclass(frozen=True, slots=True)
class EventDetails:
    """The details an action adds to its event; None for those it does not set.

    ``reply`` is the number of the reply drafted, approved or told; ``attempt``, ``outcome`` and
    ``satisfaction`` belong to a call (回复); ``workdays``, ``due_from``, ``due_to`` and
    ``approver`` to an extension (延期), which is ``after_due`` if granted when the deadline had
    passed; a recount (期限重算) sets both dates and whether the new one is ``provisional``.
    ``undone`` is the id of the event that was undone (撤销); ``helpers_before`` holds the ids of
    the helping units that an assignment (交办) replaced. ``instead_of`` is the number of the voided
    entry in whose place one was registered.
    """

    attempt: int | None = None
    outcome: CallOutcome | None = None
    satisfaction: Satisfaction | None = None
    reply: int | None = None
    workdays: int | None = None
    due_from: date | None = None
    due_to: date | None = None
    approver: str | None = None
    provisional: bool | None = None
    after_due: bool | None = None
    undone: int | None = None
    helpers_before: tuple[int, ...] | None = None
    instead_of: str | None = None

    def dump(self) -> dict[str, JsonValue]:
        """Return the details that are set, in the form stored and sent to other systems."""
        values: dict[str, JsonValue] = {
            "attempt": self.attempt,
            "outcome": self.outcome.value if self.outcome else None,
            "satisfaction": self.satisfaction.value if self.satisfaction else None,
            "reply": self.reply,
            "workdays": self.workdays,
            "from": self.due_from.isoformat() if self.due_from else None,
            "to": self.due_to.isoformat() if self.due_to else None,
            "approver": self.approver,
            "provisional": self.provisional,
            "after_due": self.after_due,
            "undone": self.undone,
            "helpers_before": None if self.helpers_before is None else list(self.helpers_before),
            "instead_of": self.instead_of,
        }
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "EventDetails":
        """Return stored details; names that are no longer defined are ignored."""
        outcome, due_from, due_to = (stored.get(name) for name in ("outcome", "from", "to"))
        helpers, satisfaction = stored.get("helpers_before"), stored.get("satisfaction")
        return cls(
            attempt=stored.get("attempt"),
            outcome=CallOutcome.from_storage(outcome) if outcome else None,
            satisfaction=Satisfaction.from_storage(satisfaction) if satisfaction else None,
            reply=stored.get("reply"),
            workdays=stored.get("workdays"),
            due_from=date.fromisoformat(due_from) if due_from else None,
            due_to=date.fromisoformat(due_to) if due_to else None,
            approver=stored.get("approver"),
            provisional=stored.get("provisional"),
            after_due=stored.get("after_due"),
            undone=stored.get("undone"),
            helpers_before=None if helpers is None else tuple(helpers),
            instead_of=stored.get("instead_of"),
        )


NO_DETAILS = EventDetails()


class Asker(SQLModel, table=True):
    """An asker, kept for the callback; name and contact are encrypted at rest."""

    __tablename__ = "asker"

    id: int | None = Field(default=None, primary_key=True)
    name_sealed: str | None = Field(default=None, sa_type=Text)
    contact_sealed: str | None = Field(default=None, sa_type=Text)
    contact_hash: str | None = Field(default=None, max_length=64, index=True)
    contact_masked: str | None = Field(default=None, max_length=32)
    name_hash: str | None = Field(default=None, max_length=64, index=True)
    """By which entries are found by the asker's name, as by the contact."""
    contact_note: str | None = Field(default=None, sa_type=_Typed)
    """The reason for keeping a contact that does not look like one (仍然保存)."""
    purge_on: date | None = Field(default=None, index=True)


class LedgerEntry(SQLModel, table=True):
    """An unanswered question with its responsible unit and deadline.

    ``joined_to_id`` is the entry whose reply also answers this one. ``pair_id`` is the draft
    made from the reply, or for a 纠错 the pair complained of, in its ``pair_version``;
    ``pair_declined`` is the reason for adding no pair. The deadline is judged by
    ``informed_at``, when the asker was told or the required failed attempts were complete.
    ``was_overdue_on`` is the first due date that passed before that; an extension leaves it.
    ``extension_asked_at`` is set while a request for an extension is undecided. ``closed_at`` is
    set for a voided entry too. ``late_reason`` says why it was typed in afterwards (补录); None for
    an entry registered when it was received.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = ENTRY_INDEXES

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    consultation_id: str | None = Field(
        default=None, foreign_key="consultation.id", unique=True, max_length=36
    )
    kind: EntryKind = Field(default=EntryKind.CONSULTATION, sa_type=EnumValue(EntryKind))
    channel: Channel | None = Field(default=None, sa_type=EnumValue(Channel))
    question: str = Field(sa_type=_Typed)
    terms: str = Field(default="", sa_type=Text, description="words of the question, by spaces")
    area: AreaKey | None = Field(default=None, max_length=AREA_CHARACTERS)
    unit_id: int = Field(foreign_key="unit.id")
    routed_by: RoutedBy = Field(sa_type=EnumValue(RoutedBy))
    state: EntryState = Field(sa_type=EnumValue(EntryState))
    asker_id: int | None = Field(default=None, foreign_key="asker.id", index=True)
    joined_to_id: int | None = Field(default=None, foreign_key="ledger_entry.id")
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id", index=True)
    pair_version: int | None = None
    pair_declined: str | None = Field(default=None, sa_type=_Typed)
    received_at: datetime = Field(sa_type=UTCDateTime, index=True)
    late_reason: str | None = Field(default=None, sa_type=_Typed)
    assigned_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    informed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    limit_workdays: int = 5
    extended_workdays: int = 0
    due_on: date
    original_due_on: date
    due_provisional: bool = False
    was_overdue_on: date | None = None
    extension_asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    searched_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When its consultation was asked; a trigger of the database writes it, for figures."""
    version: int = 1


class LedgerEvent(SQLModel, table=True):
    """One action on an entry: actor, time, states, reason; append-only, enforced by triggers."""

    __tablename__ = "ledger_event"
    __table_args__ = (
        Index("ix_ledger_event_figures", "verb", "entry_id", "occurred_at", "to_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True)
    actor: str
    actor_person_id: int | None = None
    actor_key_id: int | None = None
    occurred_at: datetime = Field(sa_type=UTCDateTime)
    from_state: EntryState | None = Field(default=None, sa_type=EnumValue(EntryState))
    to_state: EntryState = Field(sa_type=EnumValue(EntryState))
    verb: Action = Field(default=Action.REGISTER, sa_type=EnumValue(Action))
    reason: str = Field(default="", sa_type=_Typed)
    details: EventDetails = Field(default=NO_DETAILS, sa_type=JSONItem(EventDetails))
    prior: PriorValues | None = Field(default=None, sa_type=JSONItem(PriorValues))
    """The values that the action replaced, by which it can be undone."""


class CoUnit(SQLModel, table=True):
    """A unit that helps the lead unit (协办单位), and its opinion."""

    __tablename__ = "ledger_co_unit"

    entry_id: int = Field(primary_key=True, foreign_key="ledger_entry.id")
    unit_id: int = Field(primary_key=True, foreign_key="unit.id", index=True)
    opinion: str | None = Field(default=None, sa_type=_Typed)
    given_by: str | None = None
    given_by_person_id: int | None = None
    given_by_key_id: int | None = None
    given_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    due_on: date | None = None
    """The date by which the opinion is asked for."""


class LedgerReply(SQLModel, table=True):
    """A unit's reply (答复); each revision is a new row, and the last one is in force.

    ``statements`` are what its approver affirmed at the gates.
    """

    __tablename__ = "ledger_reply"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id")
    number: int
    area: AreaKey = Field(max_length=AREA_CHARACTERS)
    question: str = Field(max_length=200)
    answer: str = Field(sa_type=Text)
    phone_script: str = Field(max_length=200)
    basis: tuple[Basis, ...] = Field(default=(), sa_type=JSONItems(Basis))
    no_basis_reason: str | None = Field(default=None, sa_type=_Typed)
    effective_from: date
    expires_on: date | None = None
    is_public: bool
    private_reason: str | None = Field(default=None, sa_type=_Typed)
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    approved_by: str | None = None
    approved_by_person_id: int | None = None
    approved_by_key_id: int | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    statements: list[Statement] = Field(default_factory=list, sa_type=EnumList(Statement))


class ReplyLink(SQLModel, table=True):
    """A one-time link sent to a unit, by which it answers one entry without an account.

    The token is computed from the row (``ledger.reply_links``) and stored nowhere. ``reply`` is
    the number of the reply that came by it.
    """

    __tablename__ = "reply_link"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    sent_at: datetime = Field(sa_type=UTCDateTime)
    sent_by: str
    sent_by_person_id: int | None = None
    sent_by_key_id: int | None = None
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reply: int | None = None


class Callback(SQLModel, table=True):
    """One attempt to tell the asker the reply (主动回复)."""

    __tablename__ = "callback"
    __table_args__ = (UniqueConstraint("entry_id", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id")
    attempt: int
    called_at: datetime = Field(sa_type=UTCDateTime)
    contact_masked: str | None = Field(default=None, max_length=32)
    outcome: CallOutcome = Field(sa_type=EnumValue(CallOutcome))
    satisfaction: Satisfaction | None = Field(default=None, sa_type=EnumValue(Satisfaction))
    """What an asker who was reached answered; None where nobody asked."""
    reply_number: int
    note: str = Field(default="", sa_type=_Typed)
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None


class Reminder(SQLModel, table=True):
    """One reminder of one entry (提醒, 催办); unique by occasion, so sent only once.

    ``superseded`` marks a stage that passed before it could be delivered; it is stored for
    completeness and not delivered.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("entry_id", "occasion"),
        Index("ix_reminder_unit_seen", "unit_id", "seen_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id")
    unit_id: int = Field(foreign_key="unit.id")
    occasion: str = Field(max_length=64)
    kind: ReminderKind = Field(sa_type=EnumValue(ReminderKind))
    text: str = Field(sa_type=_Typed)
    created_at: datetime = Field(sa_type=UTCDateTime)
    superseded: bool = False
    audience: Role = Field(default=Role.UNIT, sa_type=EnumValue(Role))
    """The role whose turn it is, or that watches over it."""
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_by: str | None = None
    seen_by_person_id: int | None = None
    seen_by_key_id: int | None = None


class CalendarYear(SQLModel, table=True):
    """A year's notice of days off and make-up days, as staff saved it last (放假安排).

    It overrides the file and the library that hold the same year. Days are ISO dates.
    """

    __tablename__ = "calendar_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    notice: str = Field(sa_type=FreeText(masked, 64))
    days_off: list[str] = Field(default_factory=list, sa_type=JSON)
    make_up_days: list[str] = Field(default_factory=list, sa_type=JSON)
    saved_by: str
    saved_by_person_id: int | None = None
    saved_by_key_id: int | None = None
    saved_at: datetime = Field(sa_type=UTCDateTime)


class CalendarState(SQLModel, table=True):
    """The calendar by which every open entry was counted last (one row).

    ``is_settled`` is set once they were counted again after every process had the calendar.
    """

    __tablename__ = "calendar_state"

    id: int = Field(default=1, primary_key=True)
    fingerprint: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=UTCDateTime)
    is_settled: bool = False


class LedgerSequence(SQLModel, table=True):
    """The last number assigned on a day; incremented in the transaction that uses it."""

    __tablename__ = "ledger_sequence"

    day: date = Field(primary_key=True)
    last: int
