"""Request and response models of consultations."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from qa_service.accounts.actor import Actor
from qa_service.api.schemas.candidates import CandidateOut, MediaByPair
from qa_service.api.schemas.content_fields import FieldKey, UnitKey
from qa_service.api.schemas.stated import StatedIn
from qa_service.api.text_types import (
    ONE_LINE,
    AnyText,
    Instant,
    ISODate,
    ListedText,
    RowId,
    StrictModel,
)
from qa_service.consultation.inquiry import (
    QUESTION_CHARACTERS,
    Inquiry,
    RegisterMode,
    matchable_id,
)
from qa_service.consultation.models import CALL_ID_CHARACTERS, Choice, Consultation
from qa_service.consultation.search.as_of import mark
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.telling import marked
from qa_service.ledger.askers.details import NOBODY, AskerDetails
from qa_service.ledger.deadlines.late_receipt import LateReceipt
from qa_service.ledger.queries import EntryView
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    AreaKey,
    Channel,
    EntryState,
    MatchReason,
    Verdict,
)

_AUDIENCE_HINT = "咨询人所属的适用对象：写明别的对象的答复不显示，仅涉特定对象的只对其显示"
_TOPIC_HINT = "事项的标识：只在这个事项的问答中检索"
_REGION_HINT = "地区：写明别的地区的答复不显示"
_AS_OF_HINT = (
    "按这一天有效的规定检索，如 2025-06-01，不晚于今天；空为今天。"
    "所得不是今天的规定，显示、告知时都须说明日期"
)
_AS_OF_OUT = "按这一天有效的规定检索；null 为今天的规定"
_NEAREST_OUT = "未命中时最接近的几条，仅供参考，核对后方可告知"
_QUESTION_HINT = f"1 至 {QUESTION_CHARACTERS} 个字；其中的个人信息在留存前遮盖"


class AskerIn(StrictModel):
    """The asker's name and contact for the callback: stored encrypted, never returned."""

    name: Annotated[str, Field(max_length=64), ONE_LINE] | None = Field(None, repr=False)
    phone: Annotated[str, Field(max_length=32), ONE_LINE] | None = Field(None, repr=False)

    phone_reason: Annotated[str, Field(max_length=REASON_CHARACTERS)] = Field(
        "", description="号码不合常规仍须保存的理由"
    )

    def details(self) -> AskerDetails:
        """Return the asker as the ledger's type."""
        return AskerDetails(self.name, self.phone, self.phone_reason)


class LateReceiptIn(StrictModel):
    """The true receipt of a question taken down on paper and typed in afterwards (补录)."""

    received_at: Instant = Field(description="真实的收到时间，办理期限从它起算；不晚于现在")
    reason: Annotated[str, Field(max_length=REASON_CHARACTERS), ONE_LINE] = Field(
        description="补录的理由，如系统停用期间纸面登记"
    )

    def receipt(self) -> LateReceipt:
        """Return the receipt as the ledger's type."""
        return LateReceipt(self.received_at, self.reason)


class ConsultationIn(StatedIn):
    """A question to be answered or registered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "社保卡丢了怎么补办？",
                    "channel": "hotline",
                    "external_id": "12345-20261124-0087",
                }
            ]
        }
    )

    question: AnyText = Field(description=_QUESTION_HINT, repr=False)
    channel: Channel
    external_id: Annotated[str, Field(min_length=1, max_length=128), ONE_LINE] | None = Field(
        None,
        description="来电系统的编号；同一渠道同一编号只受理一次；是手机号等个人信息的，只留存其散列值",
    )
    call_id: Annotated[str, Field(max_length=CALL_ID_CHARACTERS), ONE_LINE] = Field(
        "", description="来电的编号：同一来电的几个问题相同；同样只留存个人信息的散列值"
    )
    field: FieldKey | None = Field(None, description="领域的 key")
    asker: AskerIn | None = Field(None, repr=False)
    audience: ListedText = Field("", description=_AUDIENCE_HINT)
    topic: ListedText = Field("", description=_TOPIC_HINT)
    region: ListedText = Field("", description=_REGION_HINT)
    as_of: ISODate | None = Field(None, description=_AS_OF_HINT)
    register_mode: RegisterMode = Field(
        RegisterMode.AUTO, alias="register", description="auto：未命中时自动登记台账"
    )
    late: LateReceiptIn | None = Field(None, description="补录：自动登记台账时的真实收到时间")

    def inquiry(self, *, actor: Actor, cipher: FieldCipher) -> Inquiry:
        """Return the question as the input of a consultation; see ``matchable_id``."""
        external_id = self.external_id
        return Inquiry(
            question=self.question,
            channel=self.channel,
            actor=actor,
            external_id=matchable_id(external_id, cipher) if external_id else None,
            area=self.field,
            narrowed=Narrowing(self.topic, self.audience, self.region),
            as_of=self.as_of,
            asker=self.asker.details() if self.asker else NOBODY,
            register=self.register_mode,
            call_id=matchable_id(self.call_id, cipher) if self.call_id else "",
            late=self.late.receipt() if self.late else None,
        )


class ChoiceIn(StatedIn):
    """The choice of the operator: one of the candidates, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"qa_id": 12}, {"none": True}]})

    qa_id: Annotated[RowId, Field(strict=True)] | None = None
    none: Literal[True] | None = None
    asker: AskerIn | None = Field(None, repr=False, description="便于回复和纠错回访")
    unit: UnitKey | None = Field(None, description="仅随 none 提供：坐席选定的承办单位")
    field: FieldKey | None = Field(None, description="仅随 none 提供：登记的领域")
    late: LateReceiptIn | None = Field(None, description="仅随 none 提供：补录的真实收到时间")

    @model_validator(mode="after")
    def _is_one_choice(self) -> Self:
        if (self.qa_id is None) == (self.none is None):
            raise ValueError("请在 qa_id 与 none 中恰好提供一项")
        if self.none is None and (self.unit, self.field, self.late) != (None, None, None):
            raise ValueError("unit、field、late 只能与 none 一同提供")
        return self


class SearchQuery(StrictModel):
    """The question to search for, and the number of candidates."""

    q: AnyText = Field(description=_QUESTION_HINT, repr=False)
    field: FieldKey | None = Field(None, description="领域的 key")
    audience: ListedText = Field("", description=_AUDIENCE_HINT)
    topic: ListedText = Field("", description=_TOPIC_HINT)
    region: ListedText = Field("", description=_REGION_HINT)
    as_of: ISODate | None = Field(None, description=_AS_OF_HINT)
    limit: int = Field(5, ge=1, le=20, description="最多显示几条，不超过服务设定的候选数")

    def narrowed(self) -> Narrowing:
        """Return the bounds beside the area."""
        return Narrowing(self.topic, self.audience, self.region)


class RegisteredOut(BaseModel):
    """The ledger entry that was registered for a question."""

    model_config = ConfigDict(from_attributes=True)

    number: str = Field(examples=["ZX20261124-0001"])
    state: EntryState
    unit_key: str
    unit_name: str
    received_at: datetime
    due_on: date
    due_provisional: bool


class EarlierOut(BaseModel):
    """An earlier ledger entry with the same contact or nearly the same question."""

    model_config = ConfigDict(from_attributes=True)

    number: str = Field(examples=["ZX20261124-0001"])
    question: str
    state: EntryState
    received_at: datetime
    likeness: MatchReason = Field(validation_alias=AliasChoices("match_reason", "likeness"))


class SearchOut(BaseModel):
    """The result of a search, which records nothing."""

    verdict: Verdict
    confidence: float = Field(description="第一条候选正确的概率")
    as_of: date | None = Field(description=_AS_OF_OUT)
    candidates: list[CandidateOut]
    nearest: list[CandidateOut] = Field(description=_NEAREST_OUT)
    degraded: bool
    took_ms: float

    @classmethod
    def of(cls, result: SearchResult, media: MediaByPair, *, limit: int) -> Self:
        """Return the result with at most ``limit`` candidates."""
        return cls(
            verdict=result.verdict,
            confidence=result.confidence,
            as_of=result.as_of,
            candidates=CandidateOut.listed(result.candidates[:limit], media),
            nearest=CandidateOut.listed(result.nearest[:limit], media),
            degraded=result.degraded,
            took_ms=result.took_ms,
        )


def _to_tell(candidate: Candidate, as_of: date | None) -> str:
    """Return the answer to be told; one of a past day begins with its mark."""
    answer = candidate.content.answer
    return answer if as_of is None else f"（{mark(as_of)}，不是今天的规定）{answer}"


class ConsultationOut(BaseModel):
    """A recorded consultation, built from the stored rows, so that a repeat is identical."""

    id: str
    channel: Channel
    external_id: str | None
    question: str = Field(description="已遮盖个人信息")
    field: AreaKey | None
    verdict: Verdict
    confidence: float
    candidates: list[CandidateOut]
    nearest: list[CandidateOut] = Field(description=_NEAREST_OUT)
    warnings: list[str] = Field(
        description="页面在结论下提醒坐席的，如原有答复暂停告知；候选的见 why.warnings"
    )
    answer: str | None = Field(
        description="命中（answered）时可直接告知的答复；按以前某日检索的，开头写明日期"
    )
    as_of: date | None = Field(description=_AS_OF_OUT)
    ledger_entry: RegisteredOut | None
    earlier_entries: list[EarlierOut] = Field(
        description="同一联系方式或几乎相同问题的原有登记，请先核对再重复登记"
    )
    degraded: bool
    searched_again: bool = Field(
        description="此编号先前的结果已不适用且尚未处理，本次已重新检索；以本次结果为准"
    )
    took_ms: float
    created_at: datetime

    @classmethod
    def of(
        cls,
        consultation: Consultation,
        entry: EntryView | None,
        earlier: Sequence[EarlierEntry],
        media: MediaByPair,
        *,
        outdated: Collection[int] = (),
        warnings: Sequence[str] = (),
        searched_again: bool = False,
    ) -> Self:
        """Return the stored consultation with its ledger entry and earlier similar entries.

        Answers of the pairs ``outdated`` say so, and none of them is given to be told.
        """
        candidates = marked(consultation.candidates, outdated)
        verdict = consultation.verdict
        if verdict is Verdict.ANSWERED and candidates[0].qa_id in outdated:
            verdict = Verdict.CHOOSE
        return cls(
            id=consultation.id,
            channel=consultation.channel,
            external_id=consultation.external_id,
            question=consultation.question,
            field=consultation.area,
            verdict=verdict,
            confidence=consultation.confidence,
            candidates=CandidateOut.listed(candidates, media),
            nearest=CandidateOut.listed(marked(consultation.nearest, outdated), media),
            warnings=list(warnings),
            answer=_to_tell(candidates[0], consultation.as_of)
            if verdict is Verdict.ANSWERED
            else None,
            as_of=consultation.as_of,
            ledger_entry=RegisteredOut.model_validate(entry) if entry else None,
            earlier_entries=[EarlierOut.model_validate(one) for one in earlier],
            degraded=consultation.degraded,
            searched_again=searched_again,
            took_ms=consultation.took_ms,
            created_at=consultation.created_at,
        )


class ChoiceOut(BaseModel):
    """The recorded choice."""

    consultation_id: str
    qa_id: int | None
    version: int | None = Field(description="告知时的问答版本")
    ledger_entry: RegisteredOut | None

    @classmethod
    def of_candidate(cls, choice: Choice) -> Self:
        """Return the response for a chosen candidate."""
        return cls(
            consultation_id=choice.consultation_id,
            qa_id=choice.pair_id,
            version=choice.version,
            ledger_entry=None,
        )

    @classmethod
    def registered(cls, consultation_id: str, entry: EntryView | None) -> Self:
        """Return the response for a question that was registered because no candidate answers."""
        return cls(
            consultation_id=consultation_id,
            qa_id=None,
            version=None,
            ledger_entry=RegisteredOut.model_validate(entry),
        )
