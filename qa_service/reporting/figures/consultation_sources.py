"""Sources of figures among consultations: what was asked, and what was told at once."""

from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import col

from qa_service.consultation.models import Choice, Consultation
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sql_source import ShownAs, SQLSource

_SHOWN = ShownAs(
    ident=col(Consultation.id),
    text=col(Consultation.question),
    at=col(Consultation.created_at),
    address="/consultations/{}/record",
)
_UNIT_NOTE = "按最接近的问答的承办单位归属"


def _asked(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(Consultation.created_at)
    return [at >= scope.period.begins_at, at < scope.period.ends_at]


def _alone(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(Consultation)


def _with_choice(statement: Select[Any]) -> Select[Any]:
    told = col(Choice.consultation_id) == Consultation.id
    return statement.select_from(Consultation).join(Choice, told, isouter=True)


ASKED = SQLSource(
    key="consultations",
    label=f"本期的咨询（按提问时间，北京时间），{_UNIT_NOTE}",
    joined=_alone,
    held=_asked,
    shown=_SHOWN,
    unit=col(Consultation.nearest_unit),
    unit_is_key=True,
    area=col(Consultation.area),
    channel=col(Consultation.channel),
    at=col(Consultation.created_at),
)

ANSWERED = SQLSource(
    key="answers",
    label=f"本期的咨询及其告知记录（按提问时间），{_UNIT_NOTE}",
    joined=_with_choice,
    held=_asked,
    shown=_SHOWN,
    unit=col(Consultation.nearest_unit),
    unit_is_key=True,
    area=col(Consultation.area),
    channel=col(Consultation.channel),
    at=col(Consultation.created_at),
)
