"""What a move of an entry says, as REST takes it."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from qa_service.api.schemas.pairs import UnitKey
from qa_service.api.text_types import ISODate, LedgerNumber, Line, Paragraphs, RowId, StrictModel
from qa_service.knowledge.pairs.content import Basis
from qa_service.ledger.workflow.replies import ReplyContent
from qa_service.vocabulary import CallOutcome, PolicyArea

Person = Annotated[Line, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]


class MoveIn(StrictModel):
    """Any move: who makes it, on which version of the entry, and why."""

    by: Person | None = Field(None, description="经办人姓名或工号；起草与审核须为不同的人")
    version: int | None = Field(None, ge=1, description="看到的 version；已被他人办理则拒绝")
    reason: Paragraphs = Field("", description="理由；退回、退回修改、延期、不入库时必填")


class AssignIn(MoveIn):
    """Hand the entry to a unit, with others to help."""

    unit: UnitKey
    helpers: list[UnitKey] = Field(default_factory=list, max_length=10, description="协办单位")


class OpinionIn(MoveIn):
    """A helping unit's opinion."""

    opinion: Paragraphs


class JoinIn(MoveIn):
    """Make the entry part of another one's task."""

    lead: LedgerNumber


class ExtendIn(MoveIn):
    """More working days."""

    workdays: int = Field(ge=1, le=60)


class CallbackIn(MoveIn):
    """One attempt to tell the asker."""

    outcome: CallOutcome
    note: Paragraphs = ""


class ReplyBasisIn(StrictModel):
    """A document of the library, and the article of it."""

    policy: Line
    article: Line | None = None


class ReplyIn(MoveIn):
    """The unit's reply."""

    field: PolicyArea
    question: Line = Field(description="标准问题")
    answer: Paragraphs
    phone_script: Line = Field(description="电话口播，最多 80 个字")
    basis: list[ReplyBasisIn] = Field(default_factory=list, description="政策依据")
    no_basis_reason: Paragraphs = Field("", description="没有依据时必填")
    effective_from: ISODate
    expires_on: ISODate | None = Field(None, description="不填为长期有效")
    is_public: bool = Field(description="可否公开（入库）")
    private_reason: Paragraphs = Field("", description="不公开时必填")

    def content(self) -> ReplyContent:
        """The reply as the ledger takes it."""
        return ReplyContent(
            area=self.field,
            question=self.question,
            answer=self.answer,
            phone_script=self.phone_script,
            effective_from=self.effective_from,
            expires_on=self.expires_on,
            basis=tuple(Basis(cited.policy, cited.article) for cited in self.basis),
            no_basis_reason=self.no_basis_reason,
            is_public=self.is_public,
            private_reason=self.private_reason,
        )


class ReviewIn(MoveIn):
    """Approve a reply, or send it back with a reason."""

    approve: bool
    reply: int | None = Field(None, ge=1, description="审核的是第几稿；通过时必填")


class ContactOut(BaseModel):
    """Whom to call, in plain text."""

    name: str | None
    phone: str | None


class CorrectionIn(StrictModel):
    """Somebody says that an answer is wrong or outdated."""

    qa_id: RowId
    complaint: Paragraphs = Field(description="哪里有误或已过时")
    by: Person | None = None


class BoardRowOut(BaseModel):
    """One unit's entries whose asker waits."""

    unit_key: str
    unit_name: str
    overdue: int
    today: int
    soon: int
    later: int
    total: int


class BoardOut(BaseModel):
    """Entries whose asker waits, by unit and by days left; all open ones by state."""

    date: date
    units: list[BoardRowOut]
    totals: dict[str, int]
    states: dict[str, int]
