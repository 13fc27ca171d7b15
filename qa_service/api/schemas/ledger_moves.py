"""Request models of the actions on ledger entries, and the models of board and contact."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from qa_service.api.schemas.content_fields import (
    INPUT_TYPES,
    BasisIn,
    UnitKey,
    content_values,
    input_fields,
    with_fields,
)
from qa_service.api.schemas.stated import StatedIn
from qa_service.api.text_types import LedgerNumber, Line, Paragraphs, RowId
from qa_service.knowledge.gates import REPLY_GATES, statements_of
from qa_service.knowledge.pairs.record.fields import FieldKind
from qa_service.ledger.askers.details import AskerDetails
from qa_service.ledger.replies.reply_content import REPLY_FIELDS, ReplyContent
from qa_service.vocabulary import REASON_CHARACTERS, CallOutcome, Satisfaction, Statement


class MoveIn(StatedIn):
    """Fields common to all actions: the name stated, the version of the entry, the reason."""

    version: int | None = Field(None, ge=1, description="看到的 version；已被他人办理则拒绝")
    reason: Paragraphs = Field("", description="理由；退回、退回修改、延期、不入库时必填")


class AssignIn(MoveIn):
    """Assign the entry to a unit, with further units to assist."""

    unit: UnitKey
    helpers: list[UnitKey] = Field(default_factory=list, max_length=10, description="协办单位")


class OpinionIn(MoveIn):
    """The opinion of an assisting unit."""

    opinion: Paragraphs


class JoinIn(MoveIn):
    """Join the entry to another entry."""

    lead: LedgerNumber


class ExtendIn(MoveIn):
    """Extend the limit by working days."""

    workdays: int = Field(ge=1, le=60)


class CallbackIn(MoveIn):
    """Record one attempt to call the asker."""

    outcome: CallOutcome
    note: Paragraphs = ""
    satisfaction: Satisfaction | None = Field(None, description="满意度，只在已告知时记录")


class ReplyBasisIn(BasisIn):
    """A document of the library and its article; the service checks their length."""

    key: Line | None = Field(None, description="必填：政策库中文件的 key")
    policy: Line | None = Field(
        None, description="key 的旧名", json_schema_extra={"deprecated": True}
    )
    article: Line | None = None


_REPLY_TYPES = {**INPUT_TYPES, FieldKind.CITATIONS: list[ReplyBasisIn]}


@with_fields(input_fields(REPLY_FIELDS, _REPLY_TYPES))
class ReplyIn(MoveIn):
    """The unit's reply."""

    def content(self) -> ReplyContent:
        """Return the reply as the ledger's type."""
        return ReplyContent.of(content_values(self, REPLY_FIELDS))


class ReviewIn(MoveIn):
    """Approve a reply, or return it with a reason; with a reason it cannot be approved."""

    approve: bool
    reply: int | None = Field(None, ge=1, description="审核的是第几稿；通过或退回都必填")
    statements: list[Statement] = Field(
        [],
        max_length=len(Statement),
        description=f"通过时逐项确认：{'、'.join(statements_of(REPLY_GATES))}",
    )
    despite_advice: bool = Field(default=False, description="知悉检查提示，仍然通过")


class ContactIn(MoveIn):
    """The asker's name and contact, corrected; what is not given stays."""

    name: Annotated[Line, Field(max_length=64)] | None = Field(None, repr=False)
    phone: Annotated[Line, Field(max_length=32)] | None = Field(None, repr=False)
    phone_reason: Annotated[str, Field(max_length=REASON_CHARACTERS)] = Field(
        "", description="号码不合常规仍须保存的理由"
    )

    def details(self) -> AskerDetails:
        """Return the asker as the ledger's type."""
        return AskerDetails(self.name, self.phone, self.phone_reason)


class ContactOut(BaseModel):
    """The asker's name and contact in plain text."""

    name: str | None
    phone: str | None


class CorrectionIn(StatedIn):
    """A report that an answer is wrong or outdated."""

    qa_id: RowId
    complaint: Paragraphs = Field(description="哪里有误或已过时")


class BoardRowOut(BaseModel):
    """The unanswered entries of one unit."""

    unit_key: str
    unit_name: str
    overdue: int
    today: int
    soon: int
    later: int
    total: int


class BoardOut(BaseModel):
    """Unanswered entries by unit and days left, and open entries by state."""

    date: date
    units: list[BoardRowOut]
    totals: dict[str, int]
    states: dict[str, int]
    once_overdue: int = Field(description="曾超期的台账数，含此后延期或已回复的，不含作废的")
