"""What a move of an entry says, as REST takes it."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from qa_service.api.schemas.content_fields import (
    INPUT_TYPES,
    UnitKey,
    content_values,
    input_fields,
    with_fields,
)
from qa_service.api.text_types import LedgerNumber, Line, Paragraphs, RowId, StrictModel
from qa_service.knowledge.pairs.fields import FieldKind
from qa_service.ledger.reply_content import REPLY_FIELDS, ReplyContent
from qa_service.vocabulary import CallOutcome

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


_REPLY_TYPES = {**INPUT_TYPES, FieldKind.CITATIONS: list[ReplyBasisIn]}


@with_fields(input_fields(REPLY_FIELDS, _REPLY_TYPES))
class ReplyIn(MoveIn):
    """The unit's reply."""

    def content(self) -> ReplyContent:
        """Return the reply as the ledger takes it."""
        return ReplyContent.of(content_values(self, REPLY_FIELDS))


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
