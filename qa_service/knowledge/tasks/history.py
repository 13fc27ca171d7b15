"""Writes the steps of tasks, which are never changed."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.knowledge.task_models import Task, TaskAction, TaskEvent


def note_step(
    session: Session,
    task: Task,
    action: TaskAction,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
) -> None:
    """Add a step to the history of a flushed task, in the state it led to."""
    name, person_id, key_id = actor.recorded
    session.add(
        TaskEvent(
            task_id=task.id or 0,
            action=action,
            to_state=task.state,
            actor=name,
            actor_person_id=person_id,
            actor_key_id=key_id,
            occurred_at=now,
            note=note.strip(),
        )
    )
    session.flush()
