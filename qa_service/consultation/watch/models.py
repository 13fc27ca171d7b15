"""Tables of what is watched over consultations: alarms, nightly replays."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import REASON_CHARACTERS, LabelledEnum, Verdict

_Note = FreeText(masked, REASON_CHARACTERS)


class AlarmKind(LabelledEnum):
    """The kinds of burst an alarm is raised for."""

    NO_MATCH = "no_match", "未命中突增"
    SAME_ANSWER = "same_answer", "同一答复突增"


class TopicAlarm(SQLModel, table=True):
    """An alarm of an emerging topic: a day's count above the limit of its weekday.

    ``subject`` is the unit of the nearest pairs, or the id of the pair told; ``pair_id`` is that
    pair. ``expected`` is the mean of the weeks before, ``limit`` what the count exceeded.
    """

    __tablename__ = "topic_alarm"
    __table_args__ = (UniqueConstraint("day", "kind", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    day: date = Field(index=True)
    kind: AlarmKind = Field(sa_type=EnumValue(AlarmKind, length=16))
    subject: str = Field(max_length=64)
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id")
    count: int
    expected: float
    limit: float
    raised_at: datetime = Field(sa_type=UTCDateTime)
    note: str = Field(default="", sa_type=_Note)
    seen_by: str | None = None
    seen_by_person_id: int | None = None
    seen_by_key_id: int | None = None
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ReplayRun(SQLModel, table=True):
    """One night's replay of recent questions, which goes on where it was interrupted.

    ``fingerprint`` is of what decides verdicts: bank, word list, model and calibration.
    ``asked`` counts the questions replayed of ``total``.
    """

    __tablename__ = "replay_run"

    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(max_length=64)
    total: int
    asked: int = 0
    changed: int = 0
    started_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_by: str | None = None
    seen_by_person_id: int | None = None
    seen_by_key_id: int | None = None
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ReplayChange(SQLModel, table=True):
    """A question whose verdict or first answer is another than when it was last asked."""

    __tablename__ = "replay_change"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="replay_run.id", index=True)
    consultation_id: str = Field(foreign_key="consultation.id", max_length=36)
    before_verdict: Verdict = Field(sa_type=EnumValue(Verdict, length=16))
    before_pair_id: int | None = Field(default=None, foreign_key="qa_pair.id")
    after_verdict: Verdict = Field(sa_type=EnumValue(Verdict, length=16))
    after_pair_id: int | None = Field(default=None, foreign_key="qa_pair.id")
