"""Table of the answers that were sent to callers."""

from datetime import datetime

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
