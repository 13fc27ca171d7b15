"""Tables of review (三审三校): signatures, plans, grounds stated, readings, word lists."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.knowledge.gates import StageRule
from qa_service.storage.column_types import (
    EnumList,
    EnumValue,
    JSONItems,
    UTCDateTime,
)
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    ProposalState,
    ReviewPart,
    Stage,
    Statement,
)

_Reason = FreeText(masked, REASON_CHARACTERS)
_Note = FreeText(masked, 200)


class Review(SQLModel, table=True):
    """A reviewer's signature on a version, or its return to the author (审校记录); append-only.

    ``part`` tells whether the content (审), the wording (校) or both were signed, and
    ``statements`` what was affirmed at the gates; earlier releases asked none. ``signed_hash``
    is the ``PairContent.review_hash`` of the version as the reviewer saw it. Signatures of
    round 0 adopt a version that was imported without any.
    """

    __tablename__ = "review"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    version_id: int = Field(foreign_key="qa_version.id")
    round: int
    stage: Stage = Field(sa_type=EnumValue(Stage))
    part: ReviewPart = Field(default=ReviewPart.BOTH, sa_type=EnumValue(ReviewPart))
    statements: list[Statement] = Field(default_factory=list, sa_type=EnumList(Statement))
    passed: bool
    signer: str
    signer_person_id: int | None = None
    signer_key_id: int | None = None
    reason: str = Field(default="", sa_type=_Reason)
    signed_hash: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UTCDateTime)


class ReviewPlan(SQLModel, table=True):
    """A version of the stage table (审校环节); the newest that is confirmed is in use.

    ``author`` proposed it, ``decided_by`` is the second person, or the person who took it back.
    """

    __tablename__ = "review_plan"

    id: int | None = Field(default=None, primary_key=True)
    rules: tuple[StageRule, ...] = Field(default=(), sa_type=JSONItems(StageRule))
    state: ProposalState = Field(
        default=ProposalState.CONFIRMED, sa_type=EnumValue(ProposalState, length=16)
    )
    note: str = Field(sa_type=_Note)
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = None
    decided_by_person_id: int | None = None
    decided_by_key_id: int | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decision_reason: str = Field(default="", sa_type=_Note)


class GroundStatement(SQLModel, table=True):
    """A second person's reason for publishing a version without a public basis (先入库后公开).

    ``seen_hash`` is the ``PairContent.review_hash`` of the content it was written for.
    """

    __tablename__ = "ground_statement"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    version_id: int = Field(foreign_key="qa_version.id")
    reason: str = Field(sa_type=_Reason)
    seen_hash: str = Field(max_length=64)
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class PairReading(SQLModel, table=True):
    """The content of an unsigned pair that a person has last read, by its hash."""

    __tablename__ = "pair_reading"
    __table_args__ = (UniqueConstraint("pair_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id")
    person_id: int = Field(index=True)
    seen_hash: str = Field(max_length=64)
    read_at: datetime = Field(sa_type=UTCDateTime)


class CheckWordList(SQLModel, table=True):
    """A version of the words that pre-checks look for (送审用词表); the newest is in use.

    Each list has one word per line: ``blocked`` may not be submitted, ``warned`` must be
    confirmed, ``leaders`` are names with their titles.
    """

    __tablename__ = "check_word_list"

    id: int | None = Field(default=None, primary_key=True)
    blocked: str = Field(default="", sa_type=Text)
    warned: str = Field(default="", sa_type=Text)
    leaders: str = Field(default="", sa_type=Text)
    note: str = Field(sa_type=_Note)
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
