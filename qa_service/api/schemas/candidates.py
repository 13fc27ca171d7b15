"""Response models of candidate answers and their media."""

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.content_fields import BasisOut, Definitions, logged_fields, with_fields
from qa_service.consultation.search.candidates import Candidate
from qa_service.knowledge.media.service import MediaView
from qa_service.knowledge.pairs.record.content import DISPLAYED_FIELDS
from qa_service.vocabulary import AreaKey, MediaKind

MediaByPair = Mapping[int, tuple[MediaView, ...]]
"""The approved media of pairs, by the id of the pair."""


class WhyOut(BaseModel):
    """The evidence behind a candidate's rank."""

    model_config = ConfigDict(from_attributes=True)

    matched_kind: str
    matched_words: list[str]
    cosine: float | None
    lexical: float
    differences: list[str]
    warnings: list[str] = Field(description="其中应当提醒坐席的（⚠）")


class MediaOut(BaseModel):
    """A picture or video shown with an answer."""

    model_config = ConfigDict(from_attributes=True)

    kind: MediaKind
    title: str
    content_type: str
    url: str = Field(description="本服务上的地址", examples=["/media/9f86d0…"])

    @classmethod
    def listed(cls, shown: MediaByPair, pair_id: int) -> list[Self]:
        """Return the media of one pair."""
        return [cls.model_validate(view) for view in shown.get(pair_id, ())]


def _displayed(*names: str) -> Definitions:
    """Return the fields of the displayed content with these names."""
    return logged_fields(field for field in DISPLAYED_FIELDS if field.name in names)


_PLACED = {"question", "answer", "phone_script"}
"""Names of the fields that come first in the response, before the other content."""


@with_fields(
    {
        "qa_id": (int, ...),
        "key": (str, ...),
        "version": (int, ...),
        **_displayed("question"),
        "matched_text": (str, ...),
        **_displayed("answer", "phone_script"),
        "field": (AreaKey, ...),
        "unit_name": (str, ...),
        "confidence": (float, ...),
        "basis": (list[BasisOut], ...),
        "media": (list[MediaOut], Field(default_factory=list)),
        "why": (WhyOut, ...),
        "unsigned": (bool, Field(description="导入后未经本单位审校")),
        **_displayed(*(field.name for field in DISPLAYED_FIELDS if field.name not in _PLACED)),
    }
)
class CandidateOut(BaseModel):
    """A stored pair that may answer the question."""

    @classmethod
    def of(cls, candidate: Candidate, media: MediaByPair) -> Self:
        """Return the candidate with its approved media."""
        own = {
            name: getattr(candidate, name) for name in cls.model_fields if hasattr(candidate, name)
        }
        content = {
            field.wire_name: candidate.content.value(field.name) for field in DISPLAYED_FIELDS
        }
        shown_media = MediaOut.listed(media, candidate.qa_id)
        return cls.model_validate({**own, **content, "field": candidate.area, "media": shown_media})

    @classmethod
    def listed(cls, shown: Iterable[Candidate], media: MediaByPair) -> list[Self]:
        """Return the candidates, each with its approved media."""
        return [cls.of(one, media) for one in shown]
