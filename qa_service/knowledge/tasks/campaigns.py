"""Opens campaigns: one task for each unit, or one for each line of a list (任务清单)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.acts import Act
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission, units_for
from qa_service.errors import FieldProblem
from qa_service.knowledge.task_models import Campaign, TaskKind
from qa_service.knowledge.tasks.rules import InvalidTaskError
from qa_service.knowledge.tasks.service import TaskContent, content_problems, open_task
from qa_service.vocabulary import REASON_CHARACTERS

LINES = 500
"""Most tasks of one campaign."""


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A line of a list of tasks (任务清单) as typed: the unit by key or name, the limit as text.

    ``rest`` is what was typed beyond the four parts.
    """

    title: str
    unit: str
    limit: str = ""
    owner: str = ""
    rest: str = ""


def read_lines(text: str) -> tuple[ListedTask, ...]:
    """Return the lines typed as 事项｜承办单位｜办理时限｜责任人 that are not empty."""
    lines = (line.replace("|", "｜").split("｜") for line in text.splitlines() if line.strip())
    found = ([part.strip() for part in [*parts, "", "", ""]] for parts in lines)
    return tuple(
        ListedTask(title, unit, limit, owner, "".join(rest))
        for title, unit, limit, owner, *rest in found
    )


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """A campaign as typed: dates may be missing, units are keys.

    Limit and owner of a line may be left out; without lines every unit of ``units`` gets one
    task called like the campaign.
    """

    kind: TaskKind | None
    title: str
    demand: str
    begins_on: date | None
    ends_on: date | None
    units: Sequence[str]
    lines: Sequence[ListedTask] = ()


def open_campaign(
    session: Session, typed: CampaignContent, *, actor: Actor, now: datetime, today: date
) -> Campaign:
    """Open a campaign with its tasks and return it.

    Raises InvalidTaskError naming every fault, and NotPermittedError.
    """
    actor.require_person(Act.KEEP_TASKS)
    check_permission(actor, Permission.KEEP_TASKS)
    units = {unit.key: unit for unit in session.exec(select(Unit)).all() if unit.is_active}
    within = units_for(actor.authority, Permission.KEEP_TASKS)
    problems = _campaign_problems(typed, today=today)
    tasks, faults = _tasks(typed, units, within, today=today)
    problems += faults
    if problems or typed.kind is None or typed.begins_on is None or typed.ends_on is None:
        raise InvalidTaskError("没有下达，请按提示修改", problems=tuple(problems))
    name, person_id, key_id = actor.recorded
    campaign = Campaign(
        kind=typed.kind,
        title=typed.title,
        demand=typed.demand,
        begins_on=typed.begins_on,
        ends_on=typed.ends_on,
        opened_by=name,
        opened_by_person_id=person_id,
        opened_by_key_id=key_id,
        opened_at=now,
    )
    session.add(campaign)
    session.flush()
    for task in tasks:
        open_task(session, task, actor=actor, now=now, campaign_id=campaign.id, note=typed.demand)
    return campaign


def _campaign_problems(typed: CampaignContent, *, today: date) -> list[FieldProblem]:
    found = [
        FieldProblem("ends_on", problem.message) if problem.field == "due_on" else problem
        for problem in content_problems(typed.title, typed.ends_on, "", today=today)
    ]
    if typed.kind is None:
        found.append(FieldProblem("kind", "请选择任务类别"))
    if len(typed.demand) > REASON_CHARACTERS:
        found.append(FieldProblem("demand", f"要求最多 {REASON_CHARACTERS} 个字"))
    if typed.begins_on is None:
        found.append(FieldProblem("begins_on", "请填写开始日期，如 2026-10-08"))
    elif typed.ends_on is not None and typed.ends_on < typed.begins_on:
        found.append(FieldProblem("ends_on", "截止日期早于开始日期"))
    return found


def _tasks(
    typed: CampaignContent, units: Mapping[str, Unit], within: Within, *, today: date
) -> tuple[list[TaskContent], list[FieldProblem]]:
    lines = typed.lines
    if len(lines) > LINES:
        return [], [FieldProblem("lines", f"清单最多 {LINES} 行，现有 {len(lines)} 行，请分次下达")]
    kind, ends_on = typed.kind or TaskKind.CHECKLIST, typed.ends_on or today
    if lines:
        names = {unit.name: unit for unit in units.values()} | dict(units)
        found = [
            _line(number, line, names, within, kind, ends_on, today)
            for number, line in enumerate(lines, start=1)
        ]
        tasks = [task for task, _ in found if task is not None]
        return tasks, [problem for _, faults in found for problem in faults]
    chosen = [units[key] for key in dict.fromkeys(typed.units) if key in units]
    if not chosen:
        return [], [FieldProblem("units", "请选择承办单位，或者逐行填写任务清单")]
    outside = [unit.name for unit in chosen if not _is_within(unit, within)]
    if outside:
        return [], [FieldProblem("units", f"不在您督查的范围内：{'、'.join(outside)}")]
    tasks = [TaskContent(kind, unit.id or 0, typed.title, ends_on) for unit in chosen]
    return tasks, []


def _line(
    number: int,
    line: ListedTask,
    names: Mapping[str, Unit],
    within: Within,
    kind: TaskKind,
    ends_on: date,
    today: date,
) -> tuple[TaskContent | None, list[FieldProblem]]:
    faults: list[str] = []
    unit = names.get(line.unit)
    if unit is None:
        faults.append(f"没有在用的单位“{line.unit[:40]}”" if line.unit else "没有写承办单位")
    elif not _is_within(unit, within):
        faults.append(f"“{unit.name}”不在您督查的范围内")
    due_on = _day(line.limit) if line.limit else ends_on
    found = content_problems(line.title, due_on, line.owner, today=today)
    faults += [one.message for one in found]
    if line.rest:
        faults.append("一行最多四栏：事项｜承办单位｜办理时限｜责任人")
    if faults or unit is None or due_on is None:
        return None, [FieldProblem("lines", f"第 {number} 行：{'；'.join(faults)}")]
    return TaskContent(kind, unit.id or 0, line.title, due_on, line.owner), []


def _is_within(unit: Unit, within: Within) -> bool:
    return within is None or (unit.id or 0) in within


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
