"""The interpretation duty (解读): a new document that is public is to be explained by its unit."""

from datetime import datetime, timedelta

from sqlmodel import Session

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.clock import beijing_day
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.knowledge.task_models import TITLE_CHARACTERS, TaskKind
from qa_service.knowledge.tasks.service import TaskContent, open_task
from qa_service.vocabulary import PublicKind, Validity

NEW_FOR = timedelta(days=180)
"""Age up to which a document recorded counts as new; older ones fill the library up."""

LIMIT = timedelta(days=7)
"""Days within which it is explained, by the rule of this house; a supervisor may change them."""


def ask_interpretation(
    session: Session, document: PolicyDocument, *, by: Actor, now: datetime
) -> bool:
    """Open the task for a document just recorded by a person; return whether one was due.

    None is due for a document out of force, not public (主动公开), older than half a year or
    without a unit.
    """
    today = beijing_day(now)
    is_new = document.issued_on is None or document.issued_on >= today - NEW_FOR
    is_due = (
        by.kind is not ActorKind.CLOCKWORK
        and document.unit_id is not None
        and document.public_kind is PublicKind.ACTIVE
        and document.validity in (Validity.IN_FORCE, Validity.AMENDED)
        and is_new
    )
    if not is_due or document.unit_id is None:
        return False
    content = TaskContent(
        kind=TaskKind.INTERPRETATION,
        unit_id=document.unit_id,
        title=f"解读《{document.title}》"[:TITLE_CHARACTERS],
        due_on=today + LIMIT,
        document_id=document.id,
    )
    open_task(session, content, actor=by, now=now, note="新录入的政策文件须配套解读")
    return True
