"""Tables of the bank: pairs, versions, variants and the index revision."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from qa_service.knowledge.content_parts import Clarifying
from qa_service.knowledge.pair_indexes import PAIR_INDEXES, VERSION_INDEXES
from qa_service.knowledge.policy_models import PolicyArticle as PolicyArticle
from qa_service.knowledge.policy_models import PolicyDocument as PolicyDocument
from qa_service.knowledge.review_models import Review as Review
from qa_service.knowledge.task_models import Task as Task
from qa_service.knowledge.upkeep_models import Topic as Topic
from qa_service.storage.column_types import (
    EnumValue,
    JSONItems,
    JSONTexts,
    UTCDateTime,
)
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    AREA_CHARACTERS,
    REASON_CHARACTERS,
    AdoptedFrom,
    AreaKey,
    Aspect,
    LabelledEnum,
    PairStatus,
    VariantOrigin,
)

_Reason = FreeText(masked, REASON_CHARACTERS)
_Note = FreeText(masked, 200)


class QAPair(SQLModel, table=True):
    """A question with its reviewed answer; its wording lives in versions.

    ``origin`` is the number of the ledger entry whose reply it came from. The answer in use
    is ``current_version_id``; while a published pair is being rewritten, ``draft_version_id``
    is the version in progress. ``submitted_at`` is set while that version is in review
    (审核中), and ``round`` counts the submissions: signatures of an earlier round are void.
    ``ground_reason`` is the second person's reason for publishing it without a public
    document in force as its basis. ``adopted_from`` is set while the published version was
    imported and the district has not signed it (未经本单位审校). Of its current version it repeats
    ``has_blanks`` and ``has_unread``, and of all ``is_imported``, for lists to count.
    """

    __tablename__ = "qa_pair"
    __table_args__ = PAIR_INDEXES

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    area: AreaKey = Field(max_length=AREA_CHARACTERS)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    question_key: str = Field(max_length=64, index=True)
    wording_key: str = Field(default="", max_length=64, index=True)
    status: PairStatus = Field(sa_type=EnumValue(PairStatus))
    effective_from: date
    expires_on: date | None = None
    review_by: date | None = Field(default=None, index=True)
    current_version_id: int | None = Field(default=None, index=True)
    draft_version_id: int | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    submitted_by: str | None = None
    submitted_by_person_id: int | None = None
    submitted_by_key_id: int | None = None
    round: int = 0
    ground_reason: str | None = Field(default=None, sa_type=_Reason)
    adopted_from: AdoptedFrom | None = Field(default=None, sa_type=EnumValue(AdoptedFrom))
    confirmed_on: date | None = None
    confirmed_by: str | None = None
    confirmed_by_person_id: int | None = None
    confirmed_by_key_id: int | None = None
    withdrawn_reason: str | None = Field(default=None, sa_type=_Reason)
    has_blanks: bool = False
    has_unread: bool = False
    is_imported: bool = False
    origin: str | None = Field(default=None, max_length=32, index=True)
    revision: int = Field(default=0, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime, index=True)


class QAVersion(SQLModel, table=True):
    """One version of a pair's content; append-only.

    ``content_hash`` is ``PairContent.displayed_content_hash``, ``has_blanks`` tells whether it
    has ``PairContent.blanks``, ``has_unread`` whether a citation is not verified (待核);
    ``adopted_from`` tells that the version was published by an import.
    """

    __tablename__ = "qa_version"
    __table_args__ = (UniqueConstraint("pair_id", "number"), *VERSION_INDEXES)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id")
    number: int
    question: str = Field(max_length=200)
    answer: str = Field(sa_type=Text)
    phone_script: str = Field(max_length=200)
    keywords: tuple[str, ...] = Field(default=(), sa_type=JSONTexts)
    area: AreaKey = Field(max_length=AREA_CHARACTERS)
    unit_id: int
    effective_from: date
    expires_on: date | None = None
    review_by: date | None = None
    variants: tuple[str, ...] = Field(default=(), sa_type=JSONTexts)
    audience: str = Field(default="", max_length=100)
    region: str = Field(default="", max_length=100)
    limited_reason: str = Field(default="", sa_type=_Note)
    clarifying: tuple[Clarifying, ...] = Field(default=(), sa_type=JSONItems(Clarifying))
    aspect: Aspect | None = Field(default=None, sa_type=EnumValue(Aspect))
    expected_questions: tuple[str, ...] = Field(default=(), sa_type=JSONTexts)
    content_hash: str = Field(max_length=64)
    has_blanks: bool = False
    has_unread: bool = False
    adopted_from: AdoptedFrom | None = Field(default=None, sa_type=EnumValue(AdoptedFrom))
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class QuestionVariant(SQLModel, table=True):
    """Another wording of a pair's question (相似问).

    ``wording_key``, here and of ``QAPair``, is that of ``pairs/content.py``; empty for rows of
    earlier releases until the duty ``contradictions`` has filled it.
    """

    __tablename__ = "question_variant"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    text: str = Field(max_length=200)
    wording_key: str = Field(default="", max_length=64, index=True)
    origin: VariantOrigin = Field(sa_type=EnumValue(VariantOrigin))
    accepted_by: str
    accepted_by_person_id: int | None = None
    accepted_by_key_id: int | None = None
    position: int = 0


class SuggestionState(LabelledEnum):
    """The decision on a suggested variant."""

    OPEN = "open", "待处理"
    TAKEN = "taken", "待复核"
    """Taken by one person, not searchable until a second one confirms it."""
    ACCEPTED = "accepted", "已采纳"
    DECLINED = "declined", "已谢绝"


class SuggestedVariant(SQLModel, table=True):
    """A caller's wording answered with a pair, offered as its variant (候选相似问).

    Not searchable until an editor accepts it, and a second person where the drafter of the
    answer did (``taken_by``); a declined one is not offered again.
    """

    __tablename__ = "suggested_variant"
    __table_args__ = (UniqueConstraint("pair_id", "text_key"),)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    text: str = Field(sa_type=FreeText(masked, 200))
    text_key: str = Field(max_length=64)
    times: int = 1
    state: SuggestionState = Field(
        default=SuggestionState.OPEN, sa_type=EnumValue(SuggestionState), index=True
    )
    taken_by: str | None = None
    taken_by_person_id: int | None = None
    taken_by_key_id: int | None = None
    decided_by: str | None = None
    decided_by_person_id: int | None = None
    decided_by_key_id: int | None = None
    updated_at: datetime = Field(sa_type=UTCDateTime)


class PairBasis(SQLModel, table=True):
    """A document and its article that a version cites as its basis (政策依据)."""

    __tablename__ = "pair_basis"

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="qa_version.id", index=True)
    document_id: int = Field(foreign_key="policy_document.id", index=True)
    article: str | None = Field(default=None, max_length=100)
    verified: bool = True
    position: int = 0


class WordListVersion(SQLModel, table=True):
    """A version of dictionary and synonyms (词表); immutable except for its activation."""

    __tablename__ = "word_list_version"

    id: int | None = Field(default=None, primary_key=True)
    dictionary: str = Field(sa_type=Text)
    synonyms: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=_Note)
    author: str
    author_person_id: int | None = None
    author_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    activated_by: str | None = None
    activated_by_person_id: int | None = None
    activated_by_key_id: int | None = None


class IndexRevision(SQLModel, table=True):
    """The revision counter of the searchable content (one row), with the id of the bank.

    ``words`` is the id of the word list version in use; 0 means the files of the corpus. Pairs
    up to ``compared`` and, of that revision's pairs, up to id ``compared_pair`` were searched
    for contradictions. ``engine_mark`` is the fingerprint of the search engine outside that the
    bank was last put into; empty if it never was.
    """

    __tablename__ = "index_revision"

    id: int = Field(default=1, primary_key=True)
    bank_id: str = Field(max_length=36)
    revision: int = 0
    words: int = 0
    compared: int = 0
    compared_pair: int = 0
    engine_mark: str = Field(default="", max_length=64)


class PairChange(SQLModel, table=True):
    """One publish or withdrawal, for systems that mirror the bank; append-only."""

    __tablename__ = "pair_change"

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    kind: PairStatus = Field(sa_type=EnumValue(PairStatus))
    version: int
    revision: int
    changed_at: datetime = Field(sa_type=UTCDateTime)


def looked_at_as_published() -> ColumnElement[bool]:
    """Return the condition that a pair is published, which no index serves.

    For statements that find few pairs by something else: by the index of the state, which holds
    nearly every pair, they would read the whole bank.
    """
    return col(QAPair.status).not_in(set(PairStatus) - {PairStatus.PUBLISHED})


def end_review(pair: QAPair) -> None:
    """Take the pair out of review: nothing of it is submitted any more."""
    pair.submitted_at = pair.submitted_by = None
    pair.submitted_by_person_id = pair.submitted_by_key_id = None


def audit_subject(pair: QAPair) -> str:
    """Return what the audit trail calls a stored pair."""
    return f"问答 {stored_id(pair)}"


def stored_id(row: QAPair | QAVersion | PolicyDocument) -> int:
    """Return the id of a flushed row; raises ValueError for an unflushed one."""
    if row.id is None:
        raise ValueError("row was not flushed")
    return row.id
