"""Tables of the ledger: entries, their append-only events, askers, day counters."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from qa_service.policy_field import PolicyField
from qa_service.storage.column_types import EnumValue, UTCDateTime


class EntryState(StrEnum):
    """Where an entry stands on its way from 登记 to 销号."""

    REGISTERED = "registered"
    """登记"""
    ASSIGNED = "assigned"
    """交办"""
    ACCEPTED = "accepted"
    """签收"""
    RETURNED = "returned"
    """退回"""
    DRAFTED = "drafted"
    """答复"""
    APPROVED = "approved"
    """审核"""
    INFORMED = "informed"
    """回复"""
    CLOSED = "closed"
    """销号"""


class Asker(SQLModel, table=True):
    """Who asked, for the call back; name and contact encrypted at rest."""

    __tablename__ = "asker"

    id: int | None = Field(default=None, primary_key=True)
    name_sealed: str | None = Field(default=None, sa_type=Text)
    contact_sealed: str | None = Field(default=None, sa_type=Text)
    contact_hash: str | None = Field(default=None, max_length=64, index=True)
    contact_masked: str | None = Field(default=None, max_length=32)
    purge_on: date | None = Field(default=None, index=True)


class LedgerEntry(SQLModel, table=True):
    """A question without an answer, the unit that owes one, and until when."""

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ix_ledger_entry_state_due", "state", "due_on"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    consultation_id: str | None = Field(
        default=None, foreign_key="consultation.id", unique=True, max_length=36
    )
    question: str = Field(sa_type=Text)
    field: PolicyField | None = Field(default=None, sa_type=EnumValue(PolicyField))
    unit_id: int = Field(foreign_key="unit.id", index=True)
    routed_by: str = Field(max_length=32)
    state: EntryState = Field(sa_type=EnumValue(EntryState))
    asker_id: int | None = Field(default=None, foreign_key="asker.id")
    received_at: datetime = Field(sa_type=UTCDateTime)
    due_on: date
    original_due_on: date
    due_provisional: bool = False
    version: int = 1


class LedgerEvent(SQLModel, table=True):
    """One move of an entry: who, when, from, to, why; append-only."""

    __tablename__ = "ledger_event"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True)
    actor: str = Field(max_length=80)
    occurred_at: datetime = Field(sa_type=UTCDateTime)
    from_state: EntryState | None = Field(default=None, sa_type=EnumValue(EntryState))
    to_state: EntryState = Field(sa_type=EnumValue(EntryState))
    reason: str = Field(default="", sa_type=Text)


class LedgerSequence(SQLModel, table=True):
    """The last number given on a day; raised in the transaction that uses it."""

    __tablename__ = "ledger_sequence"

    day: date = Field(primary_key=True)
    last: int
