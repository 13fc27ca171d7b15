"""Models of ledger entries and due dates."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from qa_service.api.schemas.content_fields import UnitKey
from qa_service.api.text_types import (
    ISODate,
    LedgerNumber,
    ListedText,
    PageSize,
    ReceivedOn,
    StrictModel,
)
from qa_service.ledger.entry_file import EntryFile
from qa_service.ledger.entry_filter import DueFilter, EntryFilter
from qa_service.ledger.models import EventDetails
from qa_service.ledger.queries import DueStatus, EntryPage
from qa_service.reporting.ledger_sheet import SheetForm
from qa_service.vocabulary import Action, AreaKey, CallOutcome, EntryKind, EntryState, RoutedBy
from qa_service.workdays.deadline import LONGEST_LIMIT, DayProof, DueDate


class LedgerQuery(StrictModel):
    """Filter of a list of entries."""

    state: EntryState | None = None
    unit: UnitKey | None = Field(None, description="承办单位的 key")
    due: DueFilter | None = Field(
        None, description="overdue 超期、today 今日到期、soon 临期、was_overdue 曾超期"
    )
    kind: EntryKind | None = None
    text: ListedText = Field("", description="编号或问题中的字词，空格分隔，须全部含有")
    since: ISODate | None = Field(None, description="受理日期不早于")
    until: ISODate | None = Field(None, description="受理日期不晚于")
    cursor: LedgerNumber | None = Field(None, description="上一页的 next")
    limit: PageSize = 50

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("until 早于 since，请改正")
        return self

    def wanted(self) -> EntryFilter:
        """Return the filter as the ledger's type."""
        return EntryFilter(
            state=self.state,
            unit=self.unit,
            due=self.due,
            kind=self.kind,
            words=self.text,
            since=self.since,
            until=self.until,
        )


class SheetQuery(LedgerQuery):
    """Filter of the entries of a sheet, and its form."""

    form: SheetForm = Field(SheetForm.FULL, description="full 全部栏目、short 打印用的简表")


class DueQuery(StrictModel):
    """Date of receipt and limit in working days."""

    received: ReceivedOn
    days: int = Field(ge=1, le=LONGEST_LIMIT, description="工作日数，自收到次日起算")


class EntryOut(BaseModel):
    """An entry; ``days_left`` are working days, negative when overdue."""

    model_config = ConfigDict(from_attributes=True)

    number: str = Field(examples=["ZX20261124-0001"])
    kind: EntryKind
    channel: Annotated[str, BeforeValidator(lambda channel: channel or "")]
    question: str
    field: AreaKey | None = Field(validation_alias=AliasChoices("area", "field"))
    unit_key: str
    unit_name: str
    routed_by: RoutedBy
    state: EntryState
    received_at: datetime
    due_on: date
    original_due_on: date
    due_provisional: bool
    was_overdue_on: date | None = Field(description="曾超期：最早错过的办理期限，延期后仍保留")
    extension_asked_at: datetime | None = Field(description="待批的延期申请的时间")
    days_left: int
    due_status: DueStatus
    contact_masked: str | None
    consultation_id: str | None
    joined_to: str | None = Field(description="并入的主案编号")
    pair_id: int | None = Field(description="答复形成的问答，或被纠错的问答")
    pair_declined: str | None
    limit_workdays: int
    extended_workdays: int
    informed_at: datetime | None
    closed_at: datetime | None
    version: int
    late_reason: str | None = Field(description="补录的理由；null 为收到时登记")


class EntryListOut(BaseModel):
    """One page of entries, newest first."""

    items: list[EntryOut]
    next: str | None = Field(description="下一页的 cursor；没有则为 null")

    @classmethod
    def of(cls, page: EntryPage) -> Self:
        """Return the response for a page of entries."""
        items = [EntryOut.model_validate(view) for view in page.items]
        return cls(items=items, next=page.next_after)


class DayProofOut(BaseModel):
    """One day up to the due date: counted or not, with the reason."""

    date: date
    counted: bool
    why: str

    @classmethod
    def all_of(cls, proof: Sequence[DayProof]) -> list[Self]:
        """Return every day of ``proof`` in order."""
        return [cls(date=step.day, counted=step.counted, why=step.why) for step in proof]


class EventOut(BaseModel):
    """One event in the history of an entry."""

    model_config = ConfigDict(from_attributes=True)

    verb: Action
    actor: str
    occurred_at: datetime
    from_state: EntryState | None
    to_state: EntryState
    reason: str
    details: Annotated[dict[str, object], BeforeValidator(EventDetails.dump)]


class ReplyBasisOut(BaseModel):
    """A document that a reply cites."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(validation_alias=AliasChoices("policy", "key"))
    policy: str = Field(description="key 的旧名", json_schema_extra={"deprecated": True})
    article: str | None
    verified: bool = Field(description="是否已核对原文；否的标为待核")


class ReplyOut(BaseModel):
    """One version of the unit's reply."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    field: AreaKey = Field(validation_alias=AliasChoices("area", "field"))
    question: str
    answer: str
    phone_script: str
    basis: list[ReplyBasisOut]
    no_basis_reason: str | None
    effective_from: date
    expires_on: date | None
    is_public: bool
    private_reason: str | None
    author: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class FindingOut(BaseModel):
    """One finding of the word checks in a reply; a fault must be corrected, advice weighed."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    message: str
    is_fault: bool


class RepliedOut(EntryOut):
    """An entry whose reply was handed in, and what the approver will be told to look at."""

    findings: list[FindingOut] = Field(description="检查提示，通过时须确认")

    @classmethod
    def of(cls, file: EntryFile) -> Self:
        """Return the response for an entry's file."""
        return cls(**EntryOut.model_validate(file.view).model_dump(), findings=_findings(file))


class CallbackOut(BaseModel):
    """One attempt to call the asker."""

    model_config = ConfigDict(from_attributes=True)

    attempt: int
    called_at: datetime
    contact_masked: str | None
    outcome: CallOutcome
    reply_number: int
    note: str
    operator: str


class EntryDetailOut(EntryOut):
    """An entry with its history and the proof of its due date."""

    events: list[EventOut]
    proof: list[DayProofOut]
    reply: ReplyOut | None
    findings: list[FindingOut] = Field(description="待审答复的检查提示")
    callbacks: list[CallbackOut]
    allowed: list[Action] = Field(description="此密钥现在可以办理的事项")

    @classmethod
    def of(cls, file: EntryFile, allowed: Sequence[Action]) -> Self:
        """Return the response for an entry's file."""
        return cls(
            **EntryOut.model_validate(file.view).model_dump(),
            events=[EventOut.model_validate(event) for event in file.events],
            proof=DayProofOut.all_of(file.due.proof),
            reply=ReplyOut.model_validate(file.reply) if file.reply else None,
            findings=_findings(file),
            callbacks=[CallbackOut.model_validate(call) for call in file.callbacks],
            allowed=list(allowed),
        )


def _findings(file: EntryFile) -> list[FindingOut]:
    return [FindingOut.model_validate(one) for one in file.findings]


class DueOut(BaseModel):
    """A due date, whether a later notice may move it, and its day-by-day proof."""

    due_on: date
    provisional: bool
    proof: list[DayProofOut]

    @classmethod
    def of(cls, due: DueDate) -> Self:
        """Return the response for a due date."""
        proof = DayProofOut.all_of(due.proof)
        return cls(due_on=due.due_on, provisional=due.provisional, proof=proof)
