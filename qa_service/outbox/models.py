"""Tables of the outbox: events and the attempts to deliver them."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, UTCDateTime
from qa_service.vocabulary import LabelledEnum


class Destination(LabelledEnum):
    """The transport by which an event is delivered."""

    WEBHOOK = "webhook", "系统对接"
    MAIL = "mail", "邮件"
    UNIT_SMS = "unit_sms", "给单位的短信"
    ANSWER_SMS = "answer_sms", "给咨询人的短信"
    ANSWER_MAIL = "answer_mail", "给咨询人的邮件"


class Outcome(LabelledEnum):
    """The final result of an event that no longer waits for delivery."""

    DELIVERED = "delivered", "已送达"
    SKIPPED = "skipped", "未设置接收方"
    GIVEN_UP = "given_up", "多次投递失败"
    VOIDED = "voided", "已作废，未发出"


class OutboxEvent(SQLModel, table=True):
    """An event to be delivered to another system."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_subject", "destination", "subject", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(max_length=64)
    subject: str = Field(max_length=64)
    destination: Destination = Field(default=Destination.WEBHOOK, sa_type=EnumValue(Destination))
    payload: dict[str, str | int | bool] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
    queued_at: datetime = Field(sa_type=UTCDateTime)
    """Instant at which the event was enqueued or resent by hand; attempts are timed from it."""
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
