"""Sources of figures in the bank: answers, documents, rework and contradictions."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy import select as sa_select
from sqlmodel import and_, col, or_

from qa_service.consultation.models import Choice
from qa_service.knowledge.models import (
    PairChange,
    PolicyDocument,
    QAPair,
    QAVersion,
    looked_at_as_published,
)
from qa_service.knowledge.policies.annual_review import CONFIRMED_FOR
from qa_service.knowledge.upkeep_models import Contradiction, Media, ReworkTask
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources.published import PublishedSource
from qa_service.reporting.figures.sources.sql_source import Expression, ShownAs, SQLSource
from qa_service.vocabulary import PairStatus, Validity

HOT = 10
"""Times an answer is told in the period from which on it is frequent (高频)."""

_IN_FORCE = (Validity.IN_FORCE, Validity.AMENDED)


def _with_question(statement: Select[Any]) -> Select[Any]:
    return statement.join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)


def _pairs(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(QAPair)


def _changes(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(PairChange).join(QAPair, col(QAPair.id) == PairChange.pair_id)


def _tasks(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(ReworkTask).join(QAPair, col(QAPair.id) == ReworkTask.pair_id)


def _contradictions(statement: Select[Any]) -> Select[Any]:
    first = col(QAPair.id) == Contradiction.first_id
    return statement.select_from(Contradiction).join(QAPair, first)


def _documents(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(PolicyDocument)


def _is_published(_scope: Scope) -> list[ColumnElement[bool]]:
    return [col(QAPair.status) == PairStatus.PUBLISHED]


def _is_hot(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(Choice.created_at)
    told = (
        sa_select(col(Choice.pair_id))
        .where(
            at >= scope.period.begins_at,
            at < scope.period.ends_at,
            col(Choice.pair_id).is_not(None),
        )
        .group_by(col(Choice.pair_id))
        .having(func.count() >= HOT)
    )
    # Not by the index of the state, which holds nearly every pair: those told are fewer.
    is_published = looked_at_as_published()
    return [is_published, col(QAPair.id).in_(told)]


def _was_withdrawn(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(PairChange.changed_at)
    is_then = and_(at >= scope.period.begins_at, at < scope.period.ends_at)
    return [col(PairChange.kind) == PairStatus.WITHDRAWN, is_then]


def _owed(scope: Scope) -> list[ColumnElement[bool]]:
    closed = col(ReworkTask.closed_at)
    is_open = or_(closed.is_(None), closed >= scope.period.ends_at)
    return [col(ReworkTask.opened_at) < scope.period.ends_at, is_open]


def _unsettled(scope: Scope) -> list[ColumnElement[bool]]:
    settled = col(Contradiction.settled_at)
    is_open = or_(settled.is_(None), settled >= scope.period.ends_at)
    return [col(Contradiction.found_at) < scope.period.ends_at, is_open]


def _in_force(_scope: Scope) -> list[ColumnElement[bool]]:
    return [col(PolicyDocument.validity).in_(_IN_FORCE)]


def has_media(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a pair has approved media (图解、动画、短视频)."""
    shown = sa_select(col(Media.pair_id)).where(col(Media.approved_at).is_not(None))
    return col(QAPair.id).in_(shown)


def was_confirmed(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a document was confirmed within the year before today."""
    oldest: timedelta = CONFIRMED_FOR
    confirmed = col(PolicyDocument.confirmed_on)
    return and_(confirmed.is_not(None), confirmed >= scope.today - oldest)


def _as_pair(day: Expression, *, page: str = "versions") -> ShownAs:
    """Return how the rows of a pair are listed: its question, a day, and a page of the pair."""
    return ShownAs(
        col(QAPair.id), col(QAVersion.question), day, f"/pairs/{{}}/{page}", _with_question
    )


PUBLISHED = PublishedSource(
    SQLSource(
        key="pairs",
        label="编制时已发布的问答",
        joined=_pairs,
        held=_is_published,
        shown=_as_pair(col(QAPair.review_by)),
        unit=col(QAPair.unit_id),
        area=col(QAPair.area),
        is_present=True,
    )
)
FREQUENT = SQLSource(
    key="frequent",
    label=f"编制时已发布、本期告知 {HOT} 次以上的问答",
    joined=_pairs,
    held=_is_hot,
    shown=_as_pair(col(QAPair.updated_at), page="media"),
    unit=col(QAPair.unit_id),
    area=col(QAPair.area),
)
WITHDRAWN = SQLSource(
    key="withdrawals",
    label="本期问答的变更记录，每次一条",
    joined=_changes,
    held=_was_withdrawn,
    shown=_as_pair(col(PairChange.changed_at)),
    unit=col(QAPair.unit_id),
    area=col(QAPair.area),
)
REWORK = SQLSource(
    key="rework",
    label="期末尚未了结的返工",
    joined=_tasks,
    held=_owed,
    shown=_as_pair(col(ReworkTask.opened_at)),
    unit=col(ReworkTask.unit_id),
    area=col(QAPair.area),
)
CONTRADICTIONS = SQLSource(
    key="contradictions",
    label="期末尚未处理的口径冲突，按第一条问答的承办单位归属",
    joined=_contradictions,
    held=_unsettled,
    shown=_as_pair(col(Contradiction.found_at)),
    unit=col(QAPair.unit_id),
    area=col(QAPair.area),
)
DOCUMENTS = SQLSource(
    key="documents",
    label="编制时现行有效的政策文件，按起草单位归属",
    joined=_documents,
    held=_in_force,
    shown=ShownAs(
        col(PolicyDocument.id),
        col(PolicyDocument.title),
        col(PolicyDocument.confirmed_on),
        "/policies/{}",
    ),
    unit=col(PolicyDocument.unit_id),
    is_present=True,
)
