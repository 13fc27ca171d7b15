"""Selections of tasks: lists with names, the history of one, the progress of a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.knowledge.task_models import Campaign, Task, TaskEvent, TaskKind, TaskState
from qa_service.knowledge.tasks.rules import UNFINISHED

PAGE = 100


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """The tasks of a list: of a kind, in a state, of a unit, of a campaign; None for any."""

    kind: TaskKind | None = None
    state: TaskState | None = None
    unit_id: int | None = None
    campaign_id: int | None = None
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """A campaign with the number of its tasks in each state, and how many are overdue."""

    campaign: Campaign
    states: dict[TaskState, int] = field(default_factory=dict)
    overdue: int = 0

    @property
    def total(self) -> int:
        """Return the number of tasks that count."""
        return sum(count for state, count in self.states.items() if state is not TaskState.VOIDED)

    @property
    def closed(self) -> int:
        """Return the number of tasks crossed off."""
        return self.states.get(TaskState.CLOSED, 0)

    @property
    def reported(self) -> int:
        """Return the number of tasks that wait to be crossed off."""
        return self.states.get(TaskState.REPORTED, 0)


def list_tasks(
    session: Session,
    wanted: TaskFilter,
    *,
    today: date,
    within: Within = None,
    skip: int = 0,
    limit: int = PAGE,
) -> Sequence[tuple[Task, Unit]]:
    """Return tasks with their units: unfinished ones first, the most urgent first."""
    is_finished = col(Task.state).not_in(UNFINISHED)
    ordered = _selected(wanted, today=today, within=within).order_by(
        is_finished, col(Task.due_on), col(Task.id)
    )
    return session.exec(ordered.offset(skip).limit(limit)).all()


def tasks_before(
    session: Session,
    wanted: TaskFilter,
    *,
    today: date,
    within: Within = None,
    before: int = 0,
    limit: int = PAGE,
) -> Sequence[tuple[Task, Unit]]:
    """Return tasks with their units, newest first, those of a smaller id than ``before`` if any.

    Unlike a place in ``list_tasks`` an id stays where it is while tasks are done.
    """
    statement = _selected(wanted, today=today, within=within)
    if before:
        statement = statement.where(col(Task.id) < before)
    return session.exec(statement.order_by(col(Task.id).desc()).limit(limit)).all()


def _selected(wanted: TaskFilter, *, today: date, within: Within) -> Select[Task, Unit]:
    """Return the selection, without an order, of the tasks wanted and their units."""
    statement = select(Task, Unit).join(Unit, col(Unit.id) == Task.unit_id)
    return statement.where(*_conditions(wanted, today=today, within=within))


def _conditions(wanted: TaskFilter, *, today: date, within: Within) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if within is not None:
        found.append(col(Task.unit_id).in_(within))
    for column, value in (
        (col(Task.kind), wanted.kind),
        (col(Task.state), wanted.state),
        (col(Task.unit_id), wanted.unit_id),
        (col(Task.campaign_id), wanted.campaign_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.is_overdue:
        found += [col(Task.state) == TaskState.OPEN, col(Task.due_on) < today]
    return found


def history_of(session: Session, task: Task) -> Sequence[TaskEvent]:
    """Return the steps of a task in order."""
    statement = select(TaskEvent).where(TaskEvent.task_id == task.id)
    return session.exec(statement.order_by(col(TaskEvent.id))).all()


def list_campaigns(
    session: Session, *, today: date, within: Within = None, limit: int = 50
) -> list[CampaignProgress]:
    """Return the newest campaigns that have tasks of the units ``within``, the newest first."""
    statement = select(Campaign)
    if within is not None:
        own = select(Task.campaign_id).where(col(Task.unit_id).in_(within))
        statement = statement.where(col(Campaign.id).in_(own))
    found = session.exec(statement.order_by(col(Campaign.id).desc()).limit(limit)).all()
    return _with_progress(session, found, today=today, within=within)


def campaign_progress(
    session: Session, campaign_id: int, *, today: date, within: Within = None
) -> CampaignProgress | None:
    """Return a campaign with its progress, None if it has no task of the units ``within``."""
    campaign = session.get(Campaign, campaign_id)
    found = [campaign] if campaign else []
    return next(iter(_with_progress(session, found, today=today, within=within)), None)


def _with_progress(
    session: Session, campaigns: Sequence[Campaign], *, today: date, within: Within
) -> list[CampaignProgress]:
    is_late = (col(Task.due_on) < today) & (col(Task.state) == TaskState.OPEN)
    counted = (
        sa_select(col(Task.campaign_id), col(Task.state), is_late, func.count(col(Task.id)))
        .where(col(Task.campaign_id).in_([one.id for one in campaigns]))
        .group_by(col(Task.campaign_id), col(Task.state), is_late)
    )
    if within is not None:
        counted = counted.where(col(Task.unit_id).in_(within))
    states: dict[int | None, dict[TaskState, int]] = {}
    late: dict[int | None, int] = {}
    for campaign_id, state, overdue, count in session.execute(counted).all():
        held = states.setdefault(campaign_id, {})
        held[state] = held.get(state, 0) + count
        if overdue:
            late[campaign_id] = late.get(campaign_id, 0) + count
    return [
        CampaignProgress(one, states[one.id], late.get(one.id, 0))
        for one in campaigns
        if one.id in states
    ]


def find_campaign(session: Session, campaign_id: int) -> Campaign | None:
    """Return the campaign of this id, None if there is none."""
    return session.get(Campaign, campaign_id)
