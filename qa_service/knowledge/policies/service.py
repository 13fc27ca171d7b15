"""Commands on the policy library (政策库), whose documents answers may cite."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import CLOCKWORK, Actor, ActorKind
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record_each
from qa_service.accounts.models import Unit
from qa_service.errors import ConflictError, FieldProblem, NotFoundError
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.citation_changes import (
    CHANGED,
    FILED,
    answers_citing,
    changes_for_two,
    cited_changes,
    filing_row,
    open_opening,
    propose_correction,
    propose_opening,
    renew_opening,
)
from qa_service.knowledge.policies.endings.ending_record import LIBRARY
from qa_service.knowledge.policies.permissions import (
    KEEPERS,
    may_correct,
    require_keeper,
    require_unit_of,
)
from qa_service.knowledge.policies.record.content import (
    InvalidPolicyError,
    PolicyContent,
    check_policy,
)
from qa_service.knowledge.policies.record.copies import find_by_any_number, refuse_copy
from qa_service.knowledge.policies.record.full_text import (
    articles_of,
    check_text,
    normal_text,
    store_text,
    text_of,
)
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.knowledge.rules import ENDED
from qa_service.knowledge.tasks.interpretation import ask_interpretation
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.document_number import (
    document_number_key,
)
from qa_service.vocabulary import AuditAction


class PolicyNotFoundError(NotFoundError):
    """No document has this key."""

    code = "policy_not_found"
    title = "政策库中没有这份文件"


class PolicyEndingNeededError(ConflictError):
    """A change would end the document, or take its end back, without a second person."""

    code = "policy_ending_needed"
    title = "请按失效或废止办理"


class PolicyEditConflictError(ConflictError):
    """The document was changed by another account while this one was editing it."""

    code = "policy_edit_conflict"
    title = "文件已被他人修改"


_COLUMNS = tuple(name for name in PolicyContent.__dataclass_fields__ if name not in ("key", "unit"))
"""Fields of the content that are columns of the document and may change."""


def find_policy(session: Session, key: str) -> PolicyDocument:
    """Return the document of this key, or 文号 in any spelling; raises PolicyNotFoundError."""
    found = find_by_any_number(session, key)
    if found is None:
        raise PolicyNotFoundError(f"政策库中没有“{key}”")
    return found


def get_policy(session: Session, policy_id: int) -> PolicyDocument:
    """Return the document of this id; raises PolicyNotFoundError."""
    found = session.get(PolicyDocument, policy_id)
    if found is None:
        raise PolicyNotFoundError(f"政策库中没有编号为 {policy_id} 的文件")
    return found


def add_policy(
    session: Session,
    content: PolicyContent,
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    text: str | None = None,
) -> PolicyDocument:
    """Add a document to the library, with its full text if given, and return it.

    Raises InvalidPolicyError, PolicyKnownError, PolicyOwnerOnlyError or PolicyTextTooLongError,
    and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.ADD_POLICY)
    lock_for_transaction(session, LIBRARY)
    content = content.normal()
    check_policy(content)
    require_unit_of(by, owning_unit(session, content.unit, by))
    refuse_copy(session, content.key, content.document_number, content.title)
    document = file_new(session, content, by=by, now=now)
    if text is not None:
        store_text(session, document, text)
    record_each(session, AuditAction.EDIT, [filing_row(document, FILED)], actor=by, now=now)
    return document


def change_policy(
    session: Session,
    document: PolicyDocument,
    content: PolicyContent,
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    text: str | None = None,
    reason: str = "",
    seen: str | None = None,
) -> PolicyCorrection | None:
    """Store changed metadata of a document, and its full text if given.

    A document ends, and is in force again, through ``ending`` alone. What answers cite of it,
    whether it is public, and what the public desk shows is not changed: the correction that is
    proposed instead, with its ``reason``, is returned. A reviewer may
    propose one for a document of others, and change nothing else of it. ``seen`` is the
    ``shown_hash`` of the document that the actor edited.
    Raises PolicyOwnerOnlyError, PolicyEditConflictError, PolicyCitedError,
    CorrectionPendingError, InvalidPolicyError, PolicyKnownError, PolicyEndingNeededError or
    PolicyTextTooLongError, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.CHANGE_POLICY)
    lock_for_transaction(session, LIBRARY)
    session.refresh(document)
    content = replace(content, key=document.key).normal()
    if text is not None:
        require_keeper(by, document)
    _require_changer(session, document, content, by=by)
    if seen is not None and seen != shown_hash(session, document):
        raise PolicyEditConflictError(
            f"《{document.title}》在您填写期间已被修改，您填写的仍在下面；请核对后再保存"
        )
    check_policy(content)
    _refuse_ending(document, content)
    refuse_copy(session, content.key, content.document_number, content.title, besides=document)
    if text is not None:
        check_text(text)
    changes = changes_for_two(session, document, columns_of(content), by=by, text=text)
    correction = None
    waiting = open_opening(session, document)
    if changes and waiting is not None and changes == {one.name: one for one in waiting.changes}:
        correction = waiting
    elif changes:
        correction = propose_correction(session, document, changes, reason=reason, by=by, now=now)
    content = as_stored(content, document, changes)
    text = None if "text" in changes else text
    changed = apply_content(session, document, content, by=by, now=now)
    if text is not None and normal_text(text) != text_of(session, document):
        store_text(session, document, text)
        changed.append("text")
    if changed and waiting is not None:
        correction = renew_opening(session, document, by=by, now=now)
    if changed or correction is None:
        row = filing_row(document, CHANGED, fields=changed)
        record_each(session, AuditAction.EDIT, [row], actor=by, now=now)
    return correction


def as_stored(
    content: PolicyContent, document: PolicyDocument, names: Iterable[str]
) -> PolicyContent:
    """Return ``content`` with the columns of these names as the document has them."""
    kept = {name: getattr(document, name) for name in names if name in _COLUMNS}
    return replace(content, **kept)


def _require_changer(
    session: Session, document: PolicyDocument, content: PolicyContent, *, by: Actor
) -> None:
    """Raise PolicyOwnerOnlyError unless ``by`` keeps the document, or corrects what answers cite.

    A reviewer may change the cited fields of a cited document, and nothing else.
    """
    cited = cited_changes(document, columns_of(content))
    rest = replace(content, unit=None, **{name: getattr(document, name) for name in cited})
    is_correction = bool(cited) and rest == policy_content(document) and content.unit is None
    if not (is_correction and may_correct(by, document) and answers_citing(session, document)):
        require_keeper(by, document)


def shown_hash(session: Session, document: PolicyDocument) -> str:
    """Return the SHA-256, in hex, of what a form shows of a document and its full text."""
    texts = [article.text for article in articles_of(session, document)]
    held = [asdict(policy_content(document)), document.unit_id, texts]
    plain = json.dumps(held, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def policy_content(document: PolicyDocument) -> PolicyContent:
    """Return the stored metadata of a document as plain values; its unit as it is."""
    stored = {name: getattr(document, name) for name in _COLUMNS}
    return PolicyContent(**stored, key=document.key)


def owning_unit(session: Session, key: str | None, by: Actor) -> int | None:
    """Return the id of the unit of this key; without one, that of ``by`` or the default unit.

    Raises InvalidPolicyError for an unknown key.
    """
    if key:
        found = session.exec(select(Unit.id).where(or_(Unit.key == key, Unit.name == key))).first()
        if found is None:
            message = f"没有单位“{key}”，请从单位名录中选择"
            raise InvalidPolicyError(message, problems=(FieldProblem("unit", message),))
        return found
    own = by.authority.units(KEEPERS)
    if own:
        return min(own)
    return session.exec(select(Unit.id).where(col(Unit.is_default))).first()


def file_new(
    session: Session, content: PolicyContent, *, by: Actor, now: datetime
) -> PolicyDocument:
    """Add a document of checked, normal content and return it; a new one is to be interpreted.

    One that a person files is public only once a second person has confirmed it.
    """
    is_asked = content.is_public and by.kind is not ActorKind.CLOCKWORK
    content = replace(content, is_public=content.is_public and not is_asked)
    document = PolicyDocument(
        key=content.key,
        number_key=document_number_key(content.document_number),
        unit_id=owning_unit(session, content.unit, by),
        written_at=now,
        **columns_of(content),
    )
    session.add(document)
    session.flush()
    ask_interpretation(session, document, by=by, now=now)
    if is_asked:
        propose_opening(session, document, by=by, now=now)
    return document


def columns_of(content: PolicyContent) -> dict[str, Any]:
    """Return the columns of a document that ``content`` states."""
    return {name: getattr(content, name) for name in _COLUMNS}


def _new_owner(
    session: Session, document: PolicyDocument, content: PolicyContent, by: Actor
) -> int | None:
    """Return the owner after a change; handing a document over needs authority over both units."""
    if content.unit is None:
        return document.unit_id
    unit_id = owning_unit(session, content.unit, by)
    if unit_id != document.unit_id:
        require_unit_of(by, unit_id)
    return unit_id


def _refuse_ending(document: PolicyDocument, content: PolicyContent) -> None:
    was, would = document.validity in ENDED, content.validity in ENDED
    if would and not was:
        message = "失效或废止须写明日期和理由，并由另一人确认：请用文件页的“失效或废止”办理"
        raise PolicyEndingNeededError(message, problems=(FieldProblem("validity", message),))
    before = (document.validity, document.invalid_since)
    if was and before != (content.validity, content.invalid_since):
        message = "文件已失效、废止或将失效；误办的，请用文件页的“恢复有效”办理"
        raise PolicyEndingNeededError(message, problems=(FieldProblem("validity", message),))


def apply_content(
    session: Session, document: PolicyDocument, content: PolicyContent, *, by: Actor, now: datetime
) -> list[str]:
    """Set the columns that differ from checked, normal content; return their names."""
    values = columns_of(content) | {
        "number_key": document_number_key(content.document_number),
        "unit_id": _new_owner(session, document, content, by),
    }
    changed = {name: value for name, value in values.items() if getattr(document, name) != value}
    for name, value in changed.items():
        setattr(document, name, value)
    if changed:
        document.written_at = now
    session.add(document)
    session.flush()
    return list(changed)
