"""Tables of upkeep: topics and their coverage, media, contradictions, days of review and rework."""

from datetime import date, datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import (
    EnumList,
    EnumValue,
    UTCDateTime,
)
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    AREA_CHARACTERS,
    REASON_CHARACTERS,
    AreaKey,
    LabelledEnum,
    MediaKind,
    Statement,
)

_Reason = FreeText(masked, REASON_CHARACTERS)
_Note = FreeText(masked, 200)


class Topic(SQLModel, table=True):
    """A topic (事项) of citizens' questions that the bank must cover (全部入库).

    A pair belongs to it when both have the same area and the pair's question contains one of
    ``keywords`` or the pair's own keywords contain the topic's name.
    """

    __tablename__ = "topic"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    area: AreaKey = Field(max_length=AREA_CHARACTERS)
    name: str = Field(max_length=100)
    keywords: list[str] = Field(default_factory=list, sa_type=JSON)


class VersionTopic(SQLModel, table=True):
    """A topic that the question or the keywords of a version name, whatever the area of both."""

    __tablename__ = "version_topic"

    version_id: int = Field(primary_key=True, foreign_key="qa_version.id")
    topic_id: int = Field(primary_key=True, foreign_key="topic.id", index=True)


class Media(SQLModel, table=True):
    """A picture or video of a pair; its file is named by its checksum (SHA-256).

    Visible to staff only until a person other than the uploader approves it, with the
    ``statements`` of its gates.
    """

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("pair_id", "checksum"),)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    kind: MediaKind = Field(sa_type=EnumValue(MediaKind))
    title: str = Field(sa_type=FreeText(masked, 100))
    checksum: str = Field(max_length=64, index=True)
    content_type: str = Field(max_length=32)
    size: int
    uploaded_by: str
    uploaded_by_person_id: int | None = None
    uploaded_by_key_id: int | None = None
    uploaded_at: datetime = Field(sa_type=UTCDateTime)
    approved_by: str | None = None
    approved_by_person_id: int | None = None
    approved_by_key_id: int | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    statements: list[Statement] = Field(default_factory=list, sa_type=EnumList(Statement))


class ContradictionKind(LabelledEnum):
    """The kinds of contradiction between two pairs."""

    WORDING = "wording", "问法重复"
    ANSWERS = "answers", "口径不一致"


class Contradiction(SQLModel, table=True):
    """Two pairs with an equal wording, or near questions and different answers (口径冲突).

    ``first_version`` and ``second_version`` are the numbers of the versions compared; 0 in
    rows of earlier releases. It is open while ``settled_at`` is None.
    """

    __tablename__ = "contradiction"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: int | None = Field(default=None, primary_key=True)
    first_id: int = Field(foreign_key="qa_pair.id")
    second_id: int = Field(foreign_key="qa_pair.id", index=True)
    kind: ContradictionKind = Field(
        default=ContradictionKind.ANSWERS, sa_type=EnumValue(ContradictionKind)
    )
    first_version: int = 0
    second_version: int = 0
    differences: list[str] = Field(default_factory=list, sa_type=JSON)
    found_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_by: str | None = None
    settled_by_person_id: int | None = None
    settled_by_key_id: int | None = None
    outcome: str | None = Field(default=None, sa_type=_Reason)


class DueKind(LabelledEnum):
    """The date of a pair that comes or has come (到期提醒)."""

    REVIEW_OVERDUE = "review_overdue", "已到复核日期"
    REVIEW_SOON = "review_soon", "即将到复核日期"
    EXPIRY_SOON = "expiry_soon", "即将失效"


class ReviewNotice(SQLModel, table=True):
    """A crossing of a pair's date that its unit was told of; another date is another crossing."""

    __tablename__ = "review_notice"
    __table_args__ = (UniqueConstraint("pair_id", "kind", "due_on"),)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id")
    kind: DueKind = Field(sa_type=EnumValue(DueKind))
    due_on: date
    told_at: datetime = Field(sa_type=UTCDateTime)


class ReworkTask(SQLModel, table=True):
    """A task (返工) to rewrite a withdrawn pair; done when the pair is published again.

    Closed otherwise, it holds the reason as ``outcome`` and what shows it as ``evidence``.
    """

    __tablename__ = "rework_task"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    reason: str = Field(sa_type=_Reason)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_by: str | None = None
    closed_by_person_id: int | None = None
    closed_by_key_id: int | None = None
    outcome: str | None = Field(default=None, sa_type=_Reason)
    evidence: str | None = Field(default=None, sa_type=_Reason)
