"""Tables of the policy library: documents, text, end, corrections, and notices to units."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, JSONItems, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    EndingState,
    LabelledEnum,
    PolicyNoticeKind,
    ProposalState,
    PublicKind,
    Validity,
)

_Reason = FreeText(masked, REASON_CHARACTERS)


class LinkKind(LabelledEnum):
    """The kinds of page that an address tied to a document or an answer leads to."""

    GUIDE = "guide", "办事指南"
    POWERS = "powers", "权责清单"
    INTERPRETATION = "interpretation", "政策解读"


class PolicyDocument(SQLModel, table=True):
    """A policy document (政策文件) answers may cite.

    ``unit_id`` is the owning unit (起草单位). ``number_key`` is ``document_number_key`` of the
    文号. ``is_public`` says that the document is out; only one whose ``public_kind`` is
    主动公开 can be. ``interpretation_link`` leads to its interpretation (解读). ``written_at`` is
    when it was filed or last changed; None for a document of an earlier release that no answer
    cites.
    """

    __tablename__ = "policy_document"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=128, unique=True)
    title: str = Field(max_length=300)
    document_number: str = Field(max_length=128, index=True)
    number_key: str = Field(default="", max_length=256, index=True)
    issuer: str = Field(max_length=200)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    issued_on: date | None = None
    effective_from: date | None = None
    validity: Validity = Field(sa_type=EnumValue(Validity))
    invalid_since: date | None = None
    replaced_by: str | None = Field(default=None, max_length=128)
    public_kind: PublicKind = Field(default=PublicKind.ACTIVE, sa_type=EnumValue(PublicKind))
    public_reason: str | None = Field(default=None, sa_type=_Reason)
    is_public: bool = True
    link: str | None = Field(default=None, max_length=500)
    interpretation_title: str | None = Field(default=None, max_length=300)
    interpretation_link: str | None = Field(default=None, max_length=500)
    written_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    confirmed_on: date | None = None
    confirmed_by: str | None = None
    confirmed_by_person_id: int | None = None
    confirmed_by_key_id: int | None = None
    uploaded_on: date | None = None
    """The day on which it was uploaded to the library of the city (上传证明), as staff state it."""
    uploaded_address: str | None = Field(default=None, max_length=500)
    uploaded_by: str | None = None
    uploaded_by_person_id: int | None = None
    uploaded_by_key_id: int | None = None


class ServiceLink(SQLModel, table=True):
    """The address of a service guide (办事指南) or list of powers (权责清单).

    It is tied to a document, and so to all answers that rest on it, or to one pair.
    """

    __tablename__ = "service_link"

    id: int | None = Field(default=None, primary_key=True)
    kind: LinkKind = Field(sa_type=EnumValue(LinkKind, length=16))
    title: str = Field(max_length=200)
    address: str = Field(max_length=500)
    document_id: int | None = Field(default=None, foreign_key="policy_document.id", index=True)
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id", index=True)
    saved_by: str
    saved_by_person_id: int | None = None
    saved_by_key_id: int | None = None
    saved_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_by: str | None = None
    """The second person, from whose yes on citizens see it."""
    confirmed_by_person_id: int | None = None
    confirmed_by_key_id: int | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class PolicyArticle(SQLModel, table=True):
    """One article (条款) of a document's full text; text before the first one has no label."""

    __tablename__ = "policy_article"

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="policy_document.id", index=True)
    position: int
    label: str = Field(max_length=100)
    text: str = Field(sa_type=Text)


class PolicyEnding(SQLModel, table=True):
    """The end of a document (失效、废止): proposed by one person, decided by another.

    ``decided_…`` is the second person's yes or no, ``restored_…`` the step that took the end
    back. ``former_validity`` and ``former_replaced_by`` are what that step puts back.
    """

    __tablename__ = "policy_ending"

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="policy_document.id", index=True)
    state: EndingState = Field(sa_type=EnumValue(EndingState), index=True)
    validity: Validity = Field(sa_type=EnumValue(Validity))
    invalid_since: date
    replaced_by: str | None = Field(default=None, max_length=128)
    reason: str = Field(sa_type=_Reason)
    former_validity: Validity = Field(sa_type=EnumValue(Validity))
    former_replaced_by: str | None = Field(default=None, max_length=128)
    proposed_by: str
    proposed_by_person_id: int | None = None
    proposed_by_key_id: int | None = None
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = None
    decided_by_person_id: int | None = None
    decided_by_key_id: int | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decision_reason: str = Field(default="", sa_type=_Reason)
    restored_by: str | None = None
    restored_by_person_id: int | None = None
    restored_by_key_id: int | None = None
    restored_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    restore_reason: str = Field(default="", sa_type=_Reason)


@dataclass(frozen=True, slots=True)
class CitedChange:
    """A corrected field; days as ISO dates, "" for none. ``text`` is the whole full text."""

    name: str
    before: str
    after: str

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "CitedChange":
        """Return the change that was stored."""
        return cls(stored["name"], stored["before"], stored["after"])

    @property
    def words(self) -> str:
        """Return the change in words; of a full text how long it was and is."""
        if self.name == "text":
            return f"{len(self.before)} 字 → {len(self.after)} 字"
        return f"{self.before or '（空）'} → {self.after or '（空）'}"

    def dump(self) -> dict[str, str]:
        """Return the change as it is stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SuspendedAnswer:
    """A pair suspended by a proposed correction; ``content_hash`` is that of its version then."""

    pair_id: int
    content_hash: str

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "SuspendedAnswer":
        """Return the pair that was stored."""
        return cls(stored["pair_id"], stored["content_hash"])

    def dump(self) -> dict[str, int | str]:
        """Return the pair as it is stored."""
        return asdict(self)


class PolicyCorrection(SQLModel, table=True):
    """A correction of what the public reads of a document: one person proposes, another decides.

    ``decided_by`` is the second person, or the person who took it back. One that ``closes``
    the document, which is then no longer public, has ``suspended`` the answers that lose their
    public basis by it.
    """

    __tablename__ = "policy_correction"

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="policy_document.id", index=True)
    state: ProposalState = Field(sa_type=EnumValue(ProposalState, length=16), index=True)
    changes: tuple[CitedChange, ...] = Field(default=(), sa_type=JSONItems(CitedChange))
    closes: bool = False
    suspended: tuple[SuspendedAnswer, ...] = Field(default=(), sa_type=JSONItems(SuspendedAnswer))
    reason: str = Field(default="", sa_type=_Reason)
    proposed_by: str
    proposed_by_person_id: int | None = None
    proposed_by_key_id: int | None = None
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = None
    decided_by_person_id: int | None = None
    decided_by_key_id: int | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decision_reason: str = Field(default="", sa_type=_Reason)


class FallenAnswer(SQLModel, table=True):
    """A published pair that fell with a document; ``content_hash`` is that of its version then."""

    __tablename__ = "fallen_answer"
    __table_args__ = (UniqueConstraint("ending_id", "pair_id"),)

    id: int | None = Field(default=None, primary_key=True)
    ending_id: int = Field(foreign_key="policy_ending.id", index=True)
    pair_id: int = Field(foreign_key="qa_pair.id", index=True)
    content_hash: str = Field(max_length=64)
    fell_at: datetime = Field(sa_type=UTCDateTime)


class PolicyNotice(SQLModel, table=True):
    """A notice to one unit about a document, told once an occasion."""

    __tablename__ = "policy_notice"
    __table_args__ = (UniqueConstraint("document_id", "unit_id", "occasion"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="policy_document.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: PolicyNoticeKind = Field(sa_type=EnumValue(PolicyNoticeKind))
    occasion: str = Field(max_length=64)
    text: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_by: str | None = None
    seen_by_person_id: int | None = None
    seen_by_key_id: int | None = None
