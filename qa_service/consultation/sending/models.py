"""Tables of the messages to citizens: answers sent, and notices that a reply is there."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, UTCDateTime
from qa_service.vocabulary import SendChannel


class SentAnswer(SQLModel, table=True):
    """One answer sent to one caller: the version told, the way, by whom and when.

    The contact is an asker's, encrypted and erased like theirs. ``event_id`` is the event in the
    outbox that carries it; ``delivered_at`` is when gateway or mail server took it.
    """

    __tablename__ = "sent_answer"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    version: int
    consultation_id: str | None = Field(
        default=None, foreign_key="consultation.id", index=True, max_length=36
    )
    channel: SendChannel = Field(sa_type=EnumValue(SendChannel))
    asker_id: int | None = Field(default=None, foreign_key="asker.id", index=True)
    link: str = Field(max_length=300)
    event_id: int | None = None
    sent_at: datetime = Field(sa_type=UTCDateTime, index=True)
    sent_by: str
    sent_by_person_id: int | None = None
    sent_by_key_id: int | None = None
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ReplyNotice(SQLModel, table=True):
    """A message that tells a citizen that the reply to a question left at the desk is there.

    One for each reply and asker. The contact is that of the entry's asker, read as the message
    leaves; ``event_id`` and ``delivered_at`` are as in ``SentAnswer``.
    """

    __tablename__ = "reply_notice"
    __table_args__ = (UniqueConstraint("entry_id", "reply_id"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id")
    reply_id: int = Field(foreign_key="ledger_reply.id")
    channel: SendChannel = Field(sa_type=EnumValue(SendChannel))
    event_id: int | None = None
    queued_at: datetime = Field(sa_type=UTCDateTime, index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
