"""Q&A pairs and policy documents as REST takes and gives them."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.consultations import (
    BasisOut,
    ClarifyingOut,
    MediaByPair,
    MediaOut,
)
from qa_service.api.text_types import (
    LARGEST_ID,
    ONE_LINE,
    ISODate,
    Line,
    ListedText,
    PageSize,
    Paragraphs,
    StrictModel,
)
from qa_service.knowledge.pairs.content import Basis, Clarifying, PairContent
from qa_service.knowledge.pairs.listing import PairPage
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.review.service import Signature
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus, PolicyArea, Stage

Login = Annotated[str, Field(min_length=1, max_length=64), ONE_LINE]
"""The account of the person for whom the caller's software acts."""

UnitKey = Annotated[str, Field(min_length=1, max_length=64), ONE_LINE]
_Lines = Annotated[list[Line], Field(max_length=100)]


class BasisIn(StrictModel):
    """A citation: the key of a document in the library, and the article of it."""

    policy: Annotated[str, Field(min_length=1, max_length=128), ONE_LINE]
    article: Annotated[str, Field(max_length=100), ONE_LINE] | None = None


_Citations = Annotated[list[BasisIn], Field(max_length=50)]


class ClarifyingIn(StrictModel):
    """A yes-or-no question the operator reads out, and what each answer means."""

    question: Line
    if_yes: Line
    if_no: Line


_Questions = Annotated[list[ClarifyingIn], Field(max_length=5)]


def _asked(questions: list[ClarifyingIn]) -> tuple[Clarifying, ...]:
    return tuple(Clarifying(**one.model_dump()) for one in questions)


def _cited(basis: list[BasisIn]) -> tuple[Basis, ...]:
    return tuple(Basis(cited.policy, cited.article) for cited in basis)


class PairIn(StrictModel):
    """A new pair; the limits on its wording are checked by the bank itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "field": "养老",
                    "unit": "人力资源社会保障局",
                    "question": "灵活就业人员怎么参加职工养老保险？",
                    "variants": ["没有单位怎么交养老保险"],
                    "answer": "可以个人身份到户籍地或就业地社保经办机构办理参保登记。",
                    "phone_script": "可以个人身份到社保经办机构办理参保登记。",
                    "effective_from": "2026-01-01",
                    "basis": [{"policy": "国发〔2005〕38号", "article": "第三条"}],
                }
            ]
        }
    )

    field: PolicyArea
    unit: UnitKey = Field(description="承办单位的 key")
    question: Line = Field(description="标准问题，最多 128 个字")
    variants: _Lines = Field(default_factory=list, description="相似问")
    answer: Paragraphs = Field(description="书面答复，最多 10000 个字")
    phone_script: Line = Field(description="口播，最多 80 个字")
    effective_from: ISODate
    expires_on: ISODate | None = None
    keywords: _Lines = Field(default_factory=list)
    basis: _Citations = Field(default_factory=list, description="政策依据；发布前必须至少一项")
    audience: Line = Field("", description="适用对象；空为所有人")
    region: Line = Field("", description="适用地区；空为全区")
    clarifying: _Questions = Field(default_factory=list, description="坐席追问（是/否）")
    review_by: ISODate | None = Field(None, description="复核日期")

    def content(self) -> PairContent:
        """What the author wrote."""
        return PairContent(
            area=self.field,
            unit=self.unit,
            question=self.question,
            variants=tuple(self.variants),
            answer=self.answer,
            phone_script=self.phone_script,
            effective_from=self.effective_from,
            expires_on=self.expires_on,
            keywords=tuple(self.keywords),
            basis=_cited(self.basis),
            audience=self.audience,
            region=self.region,
            clarifying=_asked(self.clarifying),
            review_by=self.review_by,
        )


def _left_out(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def optional() -> Any:  # noqa: ANN401  a default no one reads, for fields of every type
    """A field that may be left out of a change, which is not the same as null."""
    return Field(default=None, json_schema_extra=_left_out)


class PairPatch(StrictModel):
    """Changes to a pair: a field left out stays as it is, a list replaces the whole list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phone_script": "带身份证到社保大厅补办。"}]}
    )

    field: PolicyArea = optional()
    unit: UnitKey = optional()
    question: Line = optional()
    variants: _Lines = optional()
    answer: Paragraphs = optional()
    phone_script: Line = optional()
    effective_from: ISODate = optional()
    expires_on: ISODate | None = optional()
    keywords: _Lines = optional()
    basis: _Citations = optional()
    audience: Line = optional()
    region: Line = optional()
    clarifying: _Questions = optional()
    review_by: ISODate | None = optional()

    def applied_to(self, content: PairContent) -> PairContent:
        """``content`` with the given fields changed."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "field" in given:
            given["area"] = given.pop("field")
        for name in ("variants", "keywords"):
            if name in given:
                given[name] = tuple(given[name])
        if "basis" in given:
            given["basis"] = _cited(given["basis"])
        if "clarifying" in given:
            given["clarifying"] = _asked(given["clarifying"])
        return replace(content, **given)


class WithdrawalIn(StrictModel):
    """Why a pair is taken out of the search."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "政策已调整"}]})

    reason: Annotated[
        str, Field(min_length=1, max_length=REASON_CHARACTERS, pattern=r"\S"), ONE_LINE
    ]


class PairQuery(StrictModel):
    """Which pairs to list."""

    field: PolicyArea | None = None
    status: PairStatus | None = None
    unit: UnitKey | None = Field(None, description="承办单位的 key")
    text: ListedText = Field(
        "", description="问法、答案中的字词，或编号、标识；空格分隔，须全部含有"
    )
    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 50


class PairOut(BaseModel):
    """A pair in its current version; ``showable`` tells whether a search may show it today."""

    qa_id: int
    key: str
    version: int
    status: PairStatus
    field: PolicyArea
    unit_key: str
    unit_name: str
    question: str
    variants: list[str]
    answer: str
    phone_script: str
    keywords: list[str]
    basis: list[BasisOut]
    media: list[MediaOut] = Field(default_factory=list)
    effective_from: date
    expires_on: date | None
    withdrawn_reason: str | None
    revision: int
    showable: bool
    audience: str
    region: str
    clarifying: list[ClarifyingOut]
    review_by: date | None
    submitted_at: datetime | None = Field(description="送审时间；不在审核中则为 null")
    has_draft: bool = Field(description="已发布，另有修改稿在写或在审")

    @classmethod
    def of(cls, view: PairView, media: MediaByPair) -> Self:
        """The pair as it is shown."""
        shown = {name: getattr(view, name) for name in cls.model_fields if hasattr(view, name)}
        basis = [BasisOut.model_validate(cited, from_attributes=True) for cited in view.basis]
        asked = [ClarifyingOut(**asdict(one)) for one in view.clarifying]
        return cls(
            **shown
            | {
                "qa_id": view.pair_id,
                "field": view.area,
                "basis": basis,
                "clarifying": asked,
                "media": MediaOut.listed(media, view.pair_id),
            }
        )


class PairListOut(BaseModel):
    """One page of pairs, by id."""

    items: list[PairOut]
    next: str | None = Field(description="下一页的 cursor；没有则为 null")

    @classmethod
    def of(cls, page: PairPage, media: MediaByPair) -> Self:
        """The page as it is shown."""
        cursor = None if page.next_after is None else str(page.next_after)
        return cls(items=[PairOut.of(view, media) for view in page.items], next=cursor)


class VariantIn(StrictModel):
    """Another wording, and who answers for it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "editor1", "text": "社保卡掉了咋办"}]}
    )

    by: Login
    text: Line


class SubmissionIn(StrictModel):
    """Who hands the version in, and whether he does despite the advice he was given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "editor1"}]})

    by: Login
    despite_advice: bool = Field(default=False, description="知悉检查建议，仍要送审")


class ReviewIn(StrictModel):
    """A signature, or a return to the author."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "by": "reviewer1",
                    "stage": "first",
                    "verdict": "pass",
                    "examined": True,
                    "proofread": True,
                    "seen_hash": "0" * 64,
                },
                {"by": "reviewer1", "stage": "first", "verdict": "return", "reason": "依据有误"},
            ]
        }
    )

    by: Login
    stage: Stage
    verdict: Literal["pass", "return"]
    examined: bool = Field(default=False, description="已审内容（审）")
    proofread: bool = Field(default=False, description="已校文字（校）")
    seen_hash: str = Field("", max_length=64, description="所审内容的 hash，见 GET …/reviews")
    reason: Line = Field("", description="退回原因；通过时为无依据也可发布的理由（终审）")

    def signature(self) -> Signature:
        """What the signer states."""
        return Signature(self.stage, self.seen_hash, self.examined, self.proofread, self.reason)


class ReviewOut(BaseModel):
    """One signature or return."""

    model_config = ConfigDict(from_attributes=True)

    stage: Stage
    passed: bool
    signer: str
    reason: str
    round: int
    signed_hash: str
    created_at: datetime


class ReviewListOut(BaseModel):
    """How far the review has come, and every signature there was, the newest first."""

    seen_hash: str = Field(description="签署时作为 seen_hash 送回")
    next_stages: list[Stage]
    items: list[ReviewOut]
    next: str | None = None
