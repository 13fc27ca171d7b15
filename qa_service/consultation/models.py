"""Tables of consultations, choices, correction callbacks, and what citizens left at the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.sending.models import ReplyNotice as ReplyNotice
from qa_service.consultation.sending.models import SentAnswer as SentAnswer
from qa_service.consultation.watch.models import TopicAlarm as TopicAlarm
from qa_service.knowledge.pairs.record.content import AUDIENCE_CHARACTERS
from qa_service.storage.column_types import EnumValue, JSONItems, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    AREA_CHARACTERS,
    AreaKey,
    Channel,
    LabelledEnum,
    Satisfaction,
    Verdict,
)

CALL_ID_CHARACTERS = 64
"""Greatest length of the id of a call: what a hotline calls it, or the id of its first question."""

_Typed = FreeText(masked)
_Bound = FreeText(masked, AUDIENCE_CHARACTERS)


class ChoiceOutcome(LabelledEnum):
    """The outcome of a question: an answer told, or the reason for none."""

    TOLD = "told", "已告知"
    REGISTERED = "registered", "已登记"
    REPEATED = "repeated", "已记入原登记"
    TRANSFERRED = "transferred", "已转接"
    """The call was passed on to another line (转接); nobody here has to answer it."""
    DISMISSED = "dismissed", "无需处理"
    """The words asked for nothing: another wording of the same question, a joke, a hang-up."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A clarifying question (追问) as the asker answered it, which decides the branch told."""

    question: str
    is_yes: bool

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the branch that ``dump`` gave; raises KeyError where a part is missing."""
        return cls(stored["question"], stored["is_yes"])

    def dump(self) -> dict[str, str | bool]:
        """Return the branch as it is stored."""
        return {"question": self.question, "is_yes": self.is_yes}


class Consultation(SQLModel, table=True):
    """One question and the candidates shown for it, best first; no raw personal data.

    Questions of one call have the same ``call_id``. ``nearest`` are the pairs shown for reference
    alone (仅供参考) where none is a candidate. ``repeat_of`` is the number of the existing ledger
    entry of an asker who asks again. ``topic``, ``audience`` and ``region`` are what it was asked
    within beside the area, empty for no bound. ``as_of`` is the past day whose rules were
    searched: what was told was not today's rule. ``outcome``, ``told_pair_id`` and
    ``handling_seconds`` repeat what its choice says, so that figures read one index: triggers of
    the database write them.
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
            "outcome",
            "told_pair_id",
            "handling_seconds",
            "id",
        ),
        # The same unit by unit: what is grouped by unit need not be sorted.
        Index(
            "ix_consultation_unit_figures",
            "nearest_unit",
            "created_at",
            "verdict",
            "channel",
            "area",
            "repeat_of",
            "outcome",
            "told_pair_id",
            "handling_seconds",
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    channel: Channel = Field(sa_type=EnumValue(Channel))
    external_id: str | None = Field(default=None, max_length=128)
    call_id: str = Field(default="", max_length=CALL_ID_CHARACTERS, index=True)
    question: str = Field(sa_type=_Typed)
    area: AreaKey | None = Field(default=None, max_length=AREA_CHARACTERS)
    verdict: Verdict = Field(sa_type=EnumValue(Verdict, length=16))
    confidence: float
    candidates: tuple[Candidate, ...] = Field(default=(), sa_type=JSONItems(Candidate))
    nearest: tuple[Candidate, ...] = Field(default=(), sa_type=JSONItems(Candidate))
    nearest_unit: str | None = Field(default=None, max_length=64)
    as_of: date | None = None
    topic: str = Field(default="", max_length=100)
    audience: str = Field(default="", sa_type=_Bound)
    region: str = Field(default="", sa_type=_Bound)
    asker_id: int | None = Field(default=None, foreign_key="asker.id", index=True)
    degraded: bool = False
    index_revision: int = 0
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None
    took_ms: float = 0.0
    created_at: datetime = Field(sa_type=UTCDateTime, index=True)
    repeat_of: str | None = Field(default=None, max_length=20)
    outcome: ChoiceOutcome | None = Field(default=None, sa_type=EnumValue(ChoiceOutcome, length=16))
    told_pair_id: int | None = None
    handling_seconds: float | None = None
    """Seconds from the question to its choice."""
    revealed_by: str | None = None
    revealed_by_person_id: int | None = None
    revealed_by_key_id: int | None = None
    revealed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def shown(self) -> tuple[Candidate, ...]:
        """The pairs that were shown: the candidates, or the nearest where there are none."""
        return self.candidates or self.nearest

    @property
    def narrowed(self) -> Narrowing:
        """The bounds it was asked within beside the area."""
        return Narrowing(self.topic, self.audience, self.region)


class Choice(SQLModel, table=True):
    """The outcome of a consultation, at most one: the pair the asker was told, or none.

    ``branches`` are the clarifying questions asked with the answer told. ``note`` says where a
    call was transferred, or why nothing was to be done.
    """

    __tablename__ = "choice"
    __table_args__ = (
        # Cover what is counted by time, and by answer and time.
        Index("ix_choice_told", "created_at", "pair_id", "consultation_id"),
        Index("ix_choice_pair_told", "pair_id", "created_at"),
    )

    consultation_id: str = Field(primary_key=True, foreign_key="consultation.id", max_length=36)
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id")
    version: int | None = None
    outcome: ChoiceOutcome = Field(sa_type=EnumValue(ChoiceOutcome, length=16))
    branches: tuple[Branch, ...] = Field(default=(), sa_type=JSONItems(Branch))
    note: str = Field(default="", sa_type=_Typed)
    operator: str
    operator_person_id: int | None = None
    operator_key_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class GapQuestion(SQLModel, table=True):
    """A question asked in vain that a task is to answer (知识缺口); the newest task has it."""

    __tablename__ = "gap_question"

    consultation_id: str = Field(primary_key=True, foreign_key="consultation.id", max_length=36)
    task_id: int = Field(foreign_key="task.id", index=True)


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


class PublicQuestion(SQLModel, table=True):
    """A question or correction left at the public desk: its entry, and who may read its state.

    That is everybody who knows the entry's number and the code, of which only a hash is kept.
    ``is_own`` tells that the entry was registered for it; else it asks the same as an open one.
    ``form_hash`` names the form that was sent, so that a form sent twice leaves one question.
    """

    __tablename__ = "public_question"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True)
    code_hash: str = Field(max_length=64)
    form_hash: str = Field(max_length=64, unique=True)
    is_own: bool
    left_at: datetime = Field(sa_type=UTCDateTime)
    satisfaction: Satisfaction | None = Field(default=None, sa_type=EnumValue(Satisfaction))
    rated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AnswerRating(SQLModel, table=True):
    """A count of citizens who rated a version of an answer so on a day; nothing of who they are."""

    __tablename__ = "answer_rating"

    pair_id: int = Field(primary_key=True, foreign_key="qa_pair.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: date = Field(primary_key=True)
    satisfaction: Satisfaction = Field(primary_key=True, sa_type=EnumValue(Satisfaction))
    count: int
