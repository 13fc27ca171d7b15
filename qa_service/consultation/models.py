"""Tables of consultations, choices and correction callbacks."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.consultation.candidates import Candidate
from qa_service.storage.column_types import EnumValue, JSONItems, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey, Channel, Verdict

_Typed = FreeText(masked)


class Consultation(SQLModel, table=True):
    """One question and the candidates shown for it, best first; no raw personal data.

    ``repeat_of`` is the number of the existing ledger entry of an asker who asks again.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        # Covers every column that figures count by: rows hold candidates and are large.
        Index(
            "ix_consultation_figures",
            "created_at",
            "verdict",
            "channel",
            "area",
            "nearest_unit",
            "repeat_of",
            "id",
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    channel: Channel = Field(sa_type=EnumValue(Channel))
    external_id: str | None = Field(default=None, max_length=128)
    question: str = Field(sa_type=_Typed)
    area: AreaKey | None = Field(default=None, max_length=AREA_CHARACTERS)
    verdict: Verdict = Field(sa_type=EnumValue(Verdict, length=16))
    confidence: float
    candidates: tuple[Candidate, ...] = Field(default=(), sa_type=JSONItems(Candidate))
    nearest_unit: str | None = Field(default=None, max_length=64)
    asker_id: int | None = Field(default=None, foreign_key="asker.id")
    degraded: bool = False
    index_revision: int = 0
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None
    took_ms: float = 0.0
    created_at: datetime = Field(sa_type=UTCDateTime, index=True)
    repeat_of: str | None = Field(default=None, max_length=20)
    revealed_by: str | None = None
    revealed_by_person_id: int | None = None
    revealed_by_key_id: int | None = None
    revealed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Choice(SQLModel, table=True):
    """The candidate the asker was told, or none; at most one per consultation."""

    __tablename__ = "choice"
    __table_args__ = (Index("ix_choice_figures", "consultation_id", "pair_id", "created_at"),)

    consultation_id: str = Field(primary_key=True, foreign_key="consultation.id", max_length=36)
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id", index=True)
    version: int | None = None
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class CorrectionCallback(SQLModel, table=True):
    """A call about an answer that was corrected (``new_version``) or withdrawn (None)."""

    __tablename__ = "correction_callback"

    id: int | None = Field(default=None, primary_key=True)
    consultation_id: str = Field(foreign_key="consultation.id", index=True, max_length=36)
    pair_id: int = Field(foreign_key="qa_pair.id")
    told_version: int
    new_version: int | None = None
    note: str = Field(sa_type=_Typed)
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None
    called_at: datetime = Field(sa_type=UTCDateTime)
