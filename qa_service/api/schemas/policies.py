"""Request and response models of policy documents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from sqlmodel import Session

from qa_service.accounts.models import Unit
from qa_service.api.schemas.content_fields import omittable
from qa_service.api.text_types import LARGEST_ID, ISODate, Line, PageSize, RowId, StrictModel
from qa_service.consultation.callbacks.policy_consequences import Consequences
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.endings.ending import EndingContent
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.resting import RestingAnswer
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyEnding
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import EndingState, PairStatus, ProposalState, PublicKind, Validity


class PolicyIn(StrictModel):
    """A new document of the library; the service checks the limits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "区政办发〔2026〕3号",
                    "title": "某区高龄津贴实施办法",
                    "document_number": "区政办发〔2026〕3号",
                    "issuer": "某区人民政府办公室",
                    "validity": "有效",
                    "effective_from": "2026-07-01",
                    "unit": "civil-affairs",
                }
            ]
        }
    )

    key: Line
    title: Line
    document_number: Line
    issuer: Line
    validity: Validity
    issued_on: ISODate | None = None
    effective_from: ISODate | None = None
    invalid_since: ISODate | None = None
    replaced_by: Line | None = None
    is_public: bool = Field(
        True, description="已向社会公开，经另一人确认才生效；只有主动公开的文件才可以"
    )
    link: Line | None = None
    unit: Line | None = Field(None, description="起草单位的 key；不填为本人的单位，或兜底单位")
    public_kind: PublicKind = Field(PublicKind.ACTIVE, description="公开属性，由起草单位认定")
    public_reason: Line | None = Field(None, description="依申请公开、不公开的理由，必填")
    interpretation_title: Line | None = Field(None, description="解读的标题")
    interpretation_link: Line | None = Field(None, description="解读的网址")

    def content(self) -> PolicyContent:
        """Return the content of the request."""
        return PolicyContent(**self.model_dump())


class PolicyPatch(StrictModel):
    """Changes to a document: omitted fields stay unchanged."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"validity": "废止", "invalid_since": "2026-11-01", "reason": "由新办法代替"}
            ]
        }
    )

    title: Line = omittable()
    document_number: Line = omittable()
    issuer: Line = omittable()
    validity: Validity = omittable()
    issued_on: ISODate | None = omittable()
    effective_from: ISODate | None = omittable()
    invalid_since: ISODate | None = omittable()
    replaced_by: Line | None = omittable()
    is_public: bool = omittable()
    link: Line | None = omittable()
    unit: Line = omittable()
    public_kind: PublicKind = omittable()
    public_reason: Line | None = omittable()
    interpretation_title: Line | None = omittable()
    interpretation_link: Line | None = omittable()
    reason: Line = Field(
        "", description="标为失效或废止的理由，此时必填；或更正标题、文号、公开属性等的理由"
    )

    @property
    def ending(self) -> EndingContent | None:
        """The end that the change proposes; None where it proposes none."""
        if self.validity not in ENDED or "validity" not in self.model_fields_set:
            return None
        return EndingContent(self.validity, self.invalid_since, self.reason, self.replaced_by)

    def applied_to(self, content: PolicyContent) -> PolicyContent:
        """Return ``content`` with the given fields changed, but for those of an end."""
        besides = {"reason"}
        if self.ending is not None:
            besides |= {"validity", "invalid_since", "replaced_by"}
        given = self.model_fields_set - besides
        return replace(content, **{name: getattr(self, name) for name in given})


class PolicyOut(BaseModel):
    """A policy document of the library."""

    id: int
    key: str
    title: str
    document_number: str
    issuer: str
    issued_on: date | None
    effective_from: date | None
    validity: Validity
    invalid_since: date | None
    replaced_by: str | None
    public_kind: PublicKind
    public_reason: str | None
    is_public: bool
    link: str | None
    interpretation_title: str | None
    interpretation_link: str | None
    unit: str | None = Field(description="起草单位的 key")

    @classmethod
    def of(cls, session: Session, document: PolicyDocument) -> Self:
        """Return the document with the key of its owning unit."""
        owner = session.get(Unit, document.unit_id) if document.unit_id else None
        return cls.model_validate(
            {name: getattr(document, name) for name in cls.model_fields if name != "unit"}
            | {"unit": owner.key if owner else None}
        )


class EndingOut(BaseModel):
    """The end of a document: proposed by one person, decided by another."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="确认或不同意时作为 ending 送回")
    state: EndingState
    validity: Validity
    invalid_since: date
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class CitedChangeOut(BaseModel):
    """A corrected field, before and after; days as ISO dates, 是 or 否, "" for none."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    before: str
    after: str


class CorrectionOut(BaseModel):
    """A correction that takes two people: proposed by one person, decided by another."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="确认或不同意时作为 correction 送回")
    state: ProposalState
    changes: list[CitedChangeOut]
    closes: bool = Field(description="文件因此不再公开：依据它的问答即中止告知")
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class PolicyChangedOut(BaseModel):
    """A changed document; what was proposed, and the pairs an end suspended (中止告知)."""

    policy: PolicyOut
    ending: EndingOut | None = Field(None, description="待另一人确认的失效或废止")
    correction: CorrectionOut | None = Field(None, description="待另一人确认的更正，或所作的决定")
    suspended: list[int] = Field(default_factory=list, description="已中止告知的问答")
    withdrawn: list[int] = Field(default_factory=list, description="确认后撤回的问答")
    restored: list[int] = Field(default_factory=list, description="恢复告知的问答")


class RestingOut(BaseModel):
    """An answer that cites a document."""

    model_config = ConfigDict(from_attributes=True)

    qa_id: int = Field(validation_alias=AliasChoices("pair_id", "qa_id"))
    question: str
    unit_name: str
    status: PairStatus
    falls: bool = Field(description="文件失效时即中止告知")
    loses_basis: bool = Field(description="文件改为不公开时即中止告知：没有另一人写明的理由")


class ConsequencesOut(BaseModel):
    """The answers, callers and entries that the end of a document touches."""

    answers: list[RestingOut]
    callers: int = Field(description="近期被告知过这些答复的咨询件数")
    entries: list[str] = Field(description="办理中的有关台账编号")
    ending: EndingOut | None = Field(None, description="待另一人确认的失效或废止")
    correction: CorrectionOut | None = Field(None, description="待另一人确认的更正")

    @classmethod
    def of(
        cls,
        found: Consequences,
        answers: Sequence[RestingAnswer],
        ending: PolicyEnding | None,
        correction: PolicyCorrection | None,
    ) -> Self:
        """Return what was found, with the pairs as ``described`` and what waits for a decision."""
        return cls(
            answers=[RestingOut.model_validate(one) for one in answers],
            callers=found.callers,
            entries=[entry.number for entry in found.entries],
            ending=EndingOut.model_validate(ending) if ending else None,
            correction=CorrectionOut.model_validate(correction) if correction else None,
        )


class EndingConfirmationIn(StrictModel):
    """The yes of the second person to the end that was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ending": 3}]})

    ending: RowId | None = Field(
        None, description="所见的失效或废止的 id，见 GET …/consequences；不写则不核对"
    )


class CorrectionConfirmationIn(StrictModel):
    """The yes of the second person to the correction that was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"correction": 3}]})

    correction: RowId | None = Field(
        None, description="所见的更正的 id，见 GET …/consequences；不写则不核对"
    )


class EndingReasonIn(StrictModel):
    """The reason for taking an end or a correction back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "选错了文件"}]})

    reason: Line


class EndingRefusalIn(EndingConfirmationIn):
    """The no of the second person to the end that was read, and the reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ending": 3, "reason": "仍有效"}]})

    reason: Line


class CorrectionRefusalIn(CorrectionConfirmationIn):
    """The no of the second person to the correction that was read, and the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"correction": 3, "reason": "原文无误"}]}
    )

    reason: Line


class PolicyQuery(StrictModel):
    """Filter of a list of documents."""

    q: Line = Field("", max_length=100, description="标题、文号、机关或全文中的字")
    validity: Validity | None = None
    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 200


class PolicyListOut(BaseModel):
    """One page of the library, ordered by id."""

    items: list[PolicyOut]
    next: str | None = None
