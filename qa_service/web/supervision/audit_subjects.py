"""The subjects of audit rows as people call them: questions, titles, names of people.

The trail itself keeps ids, keys and logins, which stay when a name changes; exports give these.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from qa_service.accounts.models import AuditEvent
from qa_service.accounts.names.display_names import every_display_name
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.vocabulary import AuditAction, Role, Scope

_PAIR = re.compile(r"问答 ([1-9]\d{0,8})")
_DOCUMENT_ID = re.compile(r"政策文件 ([1-9]\d{0,8})")
_DOCUMENT_KEY = re.compile(r"政策 (.+)")

_STARTED_WITH = "启动设置"
_ABOUT_ACCOUNTS = frozenset({AuditAction.USER, AuditAction.PASSWORD, AuditAction.SECOND_FACTOR})


_WORD = re.compile(r"[a-z_]+")
_LABELS = {one.value: one.label for one in (*Role, *Scope)}
_OF_CODES = frozenset({"roles", "scopes"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as it is shown: ``text``, and ``recorded`` where the trail has something else.

    ``details`` are what the row tells besides, roles and people by their names.
    """

    text: str
    recorded: str = ""
    details: tuple[str, ...] = ()


def subjects_of(session: Session, events: Iterable[AuditEvent]) -> dict[int, Subject]:
    """Return the subject of each row by the row's id."""
    rows = list(events)
    named = _names(session, {row.subject for row in rows})
    people = every_display_name(session)
    return {row.id: _subject(row, named, people) for row in rows}


def _subject(row: AuditEvent, named: Mapping[str, str], people: Mapping[int | str, str]) -> Subject:
    person = people.get(row.subject) if row.action in _ABOUT_ACCOUNTS else None
    text = person or named.get(row.subject)
    details = tuple(_details(row, people))
    if text:
        return Subject(text, row.subject, details)
    return Subject(row.subject or "—", details=details)


def _details(row: AuditEvent, people: Mapping[int | str, str]) -> Iterator[str]:
    """Yield the details of a row in words; of the settings at a start only what changed."""
    for name, value in row.details.items():
        if row.subject == _STARTED_WITH and name != "changed":
            continue
        if name in _OF_CODES:
            yield _WORD.sub(lambda code: _LABELS.get(code[0], code[0]), str(value))
        elif name == "person":
            yield people.get(str(value), str(value))
        else:
            yield str(value)


def _names(session: Session, subjects: set[str]) -> dict[str, str]:
    """Return the names of pairs and documents by the subjects that record them."""
    pairs = _matched(_PAIR, subjects)
    questions = questions_of(session, {int(found) for found in pairs.values()})
    by_id, by_key = _matched(_DOCUMENT_ID, subjects), _matched(_DOCUMENT_KEY, subjects)
    titles = _titles(session, by_id.values(), by_key.values())
    asked = {
        subject: f"问答：{questions[int(found)]}"
        for subject, found in pairs.items()
        if int(found) in questions
    }
    documents = {
        subject: f"政策文件：{titles[found]}"
        for subject, found in (by_key | by_id).items()
        if found in titles
    }
    return asked | documents


def _matched(pattern: re.Pattern[str], subjects: Iterable[str]) -> dict[str, str]:
    found = {subject: pattern.fullmatch(subject) for subject in subjects}
    return {subject: match[1] for subject, match in found.items() if match}


def _titles(session: Session, ids: Iterable[str], keys: Iterable[str]) -> dict[str, str]:
    """Return the titles of documents by their ids, as text, and by their keys."""
    wanted_ids, wanted_keys = [int(one) for one in ids], list(keys)
    if not wanted_ids and not wanted_keys:
        return {}
    statement = select(PolicyDocument.id, PolicyDocument.key, PolicyDocument.title).where(
        or_(col(PolicyDocument.id).in_(wanted_ids), col(PolicyDocument.key).in_(wanted_keys))
    )
    found = session.exec(statement).all()
    by_key = {key: title for _, key, title in found}
    return by_key | {str(number): title for number, _, title in found}
