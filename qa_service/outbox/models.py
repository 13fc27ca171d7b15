"""The table of events waiting to be delivered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, UTCDateTime


class Destination(StrEnum):
    """Which way an event goes."""

    WEBHOOK = "webhook"
    MAIL = "mail"


class Outcome(StrEnum):
    """What became of an event that is not waiting any more."""

    DELIVERED = "delivered"
    SKIPPED = "skipped"
    """Its destination is not set up."""
    GIVEN_UP = "given_up"
    """Tried as often as allowed."""


class OutboxEvent(SQLModel, table=True):
    """Something that happened and that another system is to be told."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_subject", "destination", "subject", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(max_length=64)
    subject: str = Field(max_length=64)
    destination: Destination = Field(default=Destination.WEBHOOK, sa_type=EnumValue(Destination))
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
    queued_at: datetime = Field(sa_type=UTCDateTime)
    """When it was enqueued, or sent again by hand: what its attempts are counted from."""
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: Outcome | None = Field(default=None, sa_type=EnumValue(Outcome))
    last_error: str | None = Field(default=None, max_length=200)


class DeliveryAttempt(SQLModel, table=True):
    """One attempt to deliver an event; ``error`` is None when it arrived."""

    __tablename__ = "delivery_attempt"

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="outbox_event.id", index=True)
    attempted_at: datetime = Field(sa_type=UTCDateTime)
    error: str | None = Field(default=None, max_length=200)
