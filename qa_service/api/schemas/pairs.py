"""Request and response models of Q&A pairs and their reviews."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.candidates import MediaByPair, MediaOut
from qa_service.api.schemas.content_fields import (
    Definitions,
    FieldKey,
    UnitKey,
    content_values,
    input_fields,
    output_fields,
    patch_fields,
    with_fields,
)
from qa_service.api.schemas.stated import StatedIn
from qa_service.api.text_types import (
    LARGEST_ID,
    ONE_LINE,
    Line,
    ListedText,
    PageSize,
    StrictModel,
)
from qa_service.knowledge.gates import statements_of
from qa_service.knowledge.pairs.listing import PairPage
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import FieldKind
from qa_service.knowledge.review.progress import ReviewState, owed_gates
from qa_service.knowledge.review.signing import Signature
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    PairStatus,
    ReviewPart,
    Stage,
    Statement,
)

"""The account of the person for whom the caller's software acts."""


@with_fields(input_fields(PAIR_FIELDS))
class PairIn(StrictModel):
    """A new pair; the service checks the limits on its wording."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "field": "社会救助",
                    "unit": "civil-affairs",
                    "question": "特困人员供养怎么申请？",
                    "variants": ["五保户怎么办"],
                    "answer": "向户籍所在地乡镇人民政府提出书面申请。",
                    "phone_script": "向户籍地乡镇提出书面申请。",
                    "effective_from": "2026-01-01",
                    "basis": [{"key": "社会救助暂行办法", "article": "第十六条"}],
                }
            ]
        }
    )

    def content(self) -> PairContent:
        """Return the content of the request."""
        return PairContent.of(content_values(self, PAIR_FIELDS))


@with_fields(patch_fields(PAIR_FIELDS))
class PairPatch(StrictModel):
    """Changes to a pair: omitted fields stay unchanged, a list replaces the entire list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phone_script": "带身份证到社保大厅补办。"}]}
    )

    def applied_to(self, content: PairContent) -> PairContent:
        """Return ``content`` with the given fields changed."""
        given = [field for field in PAIR_FIELDS if field.wire_name in self.model_fields_set]
        return content.with_values(content_values(self, given))


class WithdrawalIn(StrictModel):
    """The reason for withdrawing a pair."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "政策已调整"}]})

    reason: Annotated[
        str, Field(min_length=1, max_length=REASON_CHARACTERS, pattern=r"\S"), ONE_LINE
    ]


class PairQuery(StrictModel):
    """Filter of a list of pairs."""

    field: FieldKey | None = Field(None, description="领域的 key")
    status: PairStatus | None = None
    unit: UnitKey | None = Field(None, description="承办单位的 key")
    text: ListedText = Field(
        "", description="问法、答案中的字词，或编号、标识；空格分隔，须全部含有"
    )
    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 50


_GIVEN = tuple(field for field in PAIR_FIELDS if field.kind is not FieldKind.UNIT)
"""Fields of the content that a response contains unchanged; the unit has key and name."""

_PLACED = {
    "area",
    "question",
    "variants",
    "answer",
    "phone_script",
    "keywords",
    "basis",
    "effective_from",
    "expires_on",
}
"""Names of the fields that come first in the response, before the other content."""


def _given(*names: str) -> Definitions:
    """Return the fields of the content with these names, in this order."""
    return output_fields(field for name in names for field in _GIVEN if field.name == name)


@with_fields(
    {
        "qa_id": (int, ...),
        "key": (str, ...),
        "version": (int, ...),
        "status": (PairStatus, ...),
        **_given("area"),
        "unit_key": (str, ...),
        "unit_name": (str, ...),
        **_given("question", "variants", "answer", "phone_script", "keywords", "basis"),
        "media": (list[MediaOut], Field(default_factory=list)),
        **_given("effective_from", "expires_on"),
        "withdrawn_reason": (str | None, ...),
        "revision": (int, ...),
        "showable": (bool, ...),
        **_given(*(field.name for field in _GIVEN if field.name not in _PLACED)),
        "submitted_at": (datetime | None, Field(description="送审时间；不在审核中则为 null")),
        "has_draft": (bool, Field(description="已发布，另有修改稿在写或在审")),
        "unsigned": (bool, Field(description="导入后发布，未经本单位审校")),
    }
)
class PairOut(BaseModel):
    """A pair in its current version; ``showable`` is whether a search may show it today."""

    @classmethod
    def of(cls, view: PairView, media: MediaByPair) -> Self:
        """Return the response for a pair with its approved media."""
        shown = {name: getattr(view, name) for name in cls.model_fields if hasattr(view, name)}
        content = {field.wire_name: view.content.value(field.name) for field in _GIVEN}
        return cls.model_validate(
            {
                **shown,
                **content,
                "qa_id": view.pair_id,
                "unit_key": view.content.unit,
                "basis": view.citations,
                "media": MediaOut.listed(media, view.pair_id),
            }
        )


class PairListOut(BaseModel):
    """One page of pairs, ordered by id."""

    items: list[PairOut]
    next: str | None = Field(description="下一页的 cursor；没有则为 null")

    @classmethod
    def of(cls, page: PairPage, media: MediaByPair) -> Self:
        """Return the response for a page of pairs."""
        cursor = None if page.next_after is None else str(page.next_after)
        return cls(items=[PairOut.of(view, media) for view in page.items], next=cursor)


class VariantIn(StatedIn):
    """A new variant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "社保卡掉了咋办"}]})

    text: Line


class SubmissionIn(StatedIn):
    """The submission of the version in work, and whether warnings were overridden."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"despite_advice": True}]})

    despite_advice: bool = Field(default=False, description="知悉检查建议，仍要送审")


class ReviewIn(StatedIn):
    """A reviewer's signature, or the return to the author."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stage": "first",
                    "verdict": "pass",
                    "examined": True,
                    "proofread": True,
                    "statements": ["policy", "wording"],
                    "seen_hash": "0" * 64,
                },
                {
                    "stage": "first",
                    "verdict": "return",
                    "reason": "依据有误",
                    "seen_hash": "0" * 64,
                },
            ]
        }
    )

    stage: Stage
    verdict: Literal["pass", "return"]
    examined: bool = Field(default=False, description="已审内容（审）")
    proofread: bool = Field(default=False, description="已校文字（校）")
    seen_hash: str = Field(
        "", max_length=64, description="所审内容的 hash，见 GET …/reviews；退回时也须给出"
    )
    statements: list[Statement] = Field(
        [], max_length=len(Statement), description="逐项确认的内容，见 GET …/reviews 的 owed"
    )
    reason: Line = Field("", description="退回原因；退回时必填，通过时不得填写")

    def signature(self) -> Signature:
        """Return the signature as the review's type."""
        return Signature(
            self.stage,
            self.seen_hash,
            self.examined,
            self.proofread,
            tuple(self.statements),
            self.reason,
        )


class ReviewOut(BaseModel):
    """One signature or return."""

    model_config = ConfigDict(from_attributes=True)

    stage: Stage
    part: ReviewPart
    statements: list[Statement]
    passed: bool
    signer: str
    reason: str
    round: int
    signed_hash: str
    created_at: datetime


class OwedOut(BaseModel):
    """A stage that can be signed now: its parts, and the statements to affirm."""

    stage: Stage
    parts: list[ReviewPart]
    statements: list[Statement]

    @classmethod
    def listed(cls, state: ReviewState) -> list[Self]:
        """Return the stages that can be signed now."""
        rules = (rule for rule in state.table.rules if rule.stage in state.next_stages)
        found = []
        for rule in rules:
            parts = state.owed_parts(rule)
            statements = statements_of(owed_gates(rule, parts))
            found.append(cls(stage=rule.stage, parts=list(parts), statements=list(statements)))
        return found


class ReviewListOut(BaseModel):
    """Progress of the review and all its signatures, newest first."""

    seen_hash: str = Field(description="签署时作为 seen_hash 送回")
    next_stages: list[Stage]
    owed: list[OwedOut] = Field(description="待签的审次，各须确认的内容")
    items: list[ReviewOut]
    next: str | None = None
