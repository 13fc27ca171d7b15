"""Answers that askers were given: recorded as told, or shown outright with nothing recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, SQLColumnExpression, func, type_coerce
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col, select

from qa_service.consultation.models import Choice, Consultation
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.ledger.models import Asker
from qa_service.vocabulary import PairStatus, Verdict


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """An answer that was recorded as given, or was shown as 命中."""

    consultation: Consultation
    asker: Asker | None
    pair_id: int
    version: int
    is_certain: bool


_FIRST = type_coerce(col(Consultation.candidates), JSON)
_FIRST_PAIR = _FIRST[(0, "qa_id")].as_integer()
_FIRST_VERSION = _FIRST[(0, "version")].as_integer()
"""Pair and version of the first candidate, read by the database: rows of candidates are large."""


def _may_differ(
    since: datetime, pair_id: SQLColumnExpression[Any], version: SQLColumnExpression[Any]
) -> ColumnElement[bool]:
    """Return the condition that an answer told may have changed: most did not, and stay unread."""
    told, newest = aliased(QAVersion), aliased(QAVersion)
    is_same = (
        select(QAPair.id)
        .join(newest, col(newest.id) == QAPair.current_version_id)
        .join(told, (col(told.pair_id) == QAPair.id) & (col(told.number) == version))
        .where(
            col(QAPair.id) == pair_id,
            QAPair.status != PairStatus.WITHDRAWN,
            (col(told.content_hash) == newest.content_hash) | (col(QAPair.updated_at) < since),
        )
    )
    return ~is_same.exists() | col(Consultation.as_of).is_not(None)


def recorded_as_told(
    session: Session, since: datetime, consultation_id: str | None
) -> list[ToldAnswer]:
    """Return the answers recorded as told that may have changed."""
    statement = (
        select(Consultation, Asker, Choice)
        .join(Choice, col(Choice.consultation_id) == Consultation.id)
        .join(Asker, col(Asker.id) == Consultation.asker_id, isouter=True)
        .where(
            col(Choice.created_at) >= since,
            col(Choice.pair_id).is_not(None),
            _may_differ(since, col(Choice.pair_id), col(Choice.version)),
        )
        .options(defer(Consultation.candidates))  # type: ignore[arg-type]
    )
    if consultation_id is not None:
        statement = statement.where(Consultation.id == consultation_id)
    return [
        ToldAnswer(consultation, asker, choice.pair_id or 0, choice.version or 0, True)
        for consultation, asker, choice in session.exec(statement).all()
    ]


def shown_outright(
    session: Session, since: datetime, consultation_id: str | None
) -> list[ToldAnswer]:
    """Return the answers shown as 命中, of which nothing was recorded, that may have changed."""
    statement = (
        select(Consultation, Asker, _FIRST_PAIR, _FIRST_VERSION)
        .join(Asker, col(Asker.id) == Consultation.asker_id, isouter=True)
        .where(*_unrecorded(since), _may_differ(since, _FIRST_PAIR, _FIRST_VERSION))
        .options(defer(Consultation.candidates))  # type: ignore[arg-type]
    )
    if consultation_id is not None:
        statement = statement.where(Consultation.id == consultation_id)
    return [
        ToldAnswer(consultation, asker, pair_id or 0, version or 0, False)
        for consultation, asker, pair_id, version in session.exec(statement).all()
    ]


def _unrecorded(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a question was answered outright and no outcome recorded."""
    return (
        col(Consultation.created_at) >= since,
        col(Consultation.verdict) == Verdict.ANSWERED,
        col(Consultation.outcome).is_(None),
    )


def count_told(session: Session, pair_ids: Select[int | None], *, now: datetime, days: int) -> int:
    """Return how many consultations of the last ``days`` were given one of the answers.

    ``pair_ids`` is the statement of their ids: thousands may rest on one document.
    """
    since = now - timedelta(days=days)
    told = select(func.count(col(Choice.consultation_id))).where(
        col(Choice.created_at) >= since, col(Choice.pair_id).in_(pair_ids)
    )
    shown = select(func.count(col(Consultation.id))).where(
        *_unrecorded(since), _FIRST_PAIR.in_(pair_ids)
    )
    return session.exec(told).one() + session.exec(shown).one()
