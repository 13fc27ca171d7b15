"""A policy document ended by two people, as its pages and REST do it."""

from datetime import date, datetime

from actors import person
from sqlmodel import Session

from qa_service.accounts.authority import Authority
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.endings.ending import (
    EndingContent,
    confirm_ending,
    propose_ending,
)
from qa_service.knowledge.policies.service import find_policy
from qa_service.ledger import bank_changes
from qa_service.vocabulary import Role, Validity

EDITOR = person("编辑甲", Authority.of({Role.EDITOR}))
SUPERVISOR = person("督查乙", Authority.of({Role.SUPERVISOR}))


def propose(
    session: Session, key: str, *, now: datetime, since: date | None = None
) -> PolicyDocument:
    document = find_policy(session, key)
    since = since or now.date()
    content = EndingContent(Validity.REPEALED, since, "上级文件已废止")
    propose_ending(session, document, content, by=EDITOR, now=now)
    return document


def end_policy(
    session: Session, key: str, *, now: datetime, since: date | None = None
) -> list[int]:
    """Propose and confirm the end of a document; the ids of the withdrawn pairs."""
    document = propose(session, key, now=now, since=since)
    return confirm_ending(session, document, by=SUPERVISOR, now=now)


def end_policy_with_entries(session: Session, key: str, *, now: datetime) -> list[int]:
    """The same, closing the ledger entries that have nothing left to do."""
    document = propose(session, key, now=now)
    return bank_changes.confirm_ending(session, document, by=SUPERVISOR, now=now)
