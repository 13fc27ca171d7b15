"""Storing documents from a file: each row adds one, changes one, or proposes what takes two."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.clock import beijing_day
from qa_service.knowledge.models import PolicyDocument, stored_id
from qa_service.knowledge.policies.citation_changes import (
    CHANGED,
    FILED,
    AuditRow,
    CitedChanges,
    changes_for_two,
    cited_changes,
    filing_row,
    open_correction,
    propose_correction,
    refuse_cited,
    refuse_pending,
    renew_opening,
)
from qa_service.knowledge.policies.endings.ending import (
    EndingContent,
    check_ending,
    propose_ending,
)
from qa_service.knowledge.policies.endings.ending_record import open_ending
from qa_service.knowledge.policies.record.content import PolicyContent, check_policy
from qa_service.knowledge.policies.record.copies import find_by_any_number, refuse_copy
from qa_service.knowledge.policies.service import (
    apply_content,
    as_stored,
    columns_of,
    file_new,
    owning_unit,
    policy_content,
)
from qa_service.knowledge.policies.withdrawal import pairs_resting_on
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import ImportOutcome

BY_FILE = "导入文件标为{}"
BY_FILE_CHANGED = "导入文件改动"


def store_policy(
    session: Session,
    content: PolicyContent,
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    trail: list[AuditRow] | None = None,
) -> ImportOutcome:
    """Add or change the document of this key; return whether it was added, changed or neither.

    A file cannot end a document on which published answers rest: it proposes the end, which
    suspends them until a second person has decided. Nor can it change what answers cite of a
    document. Whether it is public, and what the public desk shows, a file proposes to change, as
    a correction. What was filed or
    changed is added to ``trail``, for the caller to record when everything is stored.

    Raises InvalidPolicyError, PolicyKnownError, PolicyCitedError, CorrectionPendingError or
    InvalidEndingError.
    """
    trail = [] if trail is None else trail
    content = content.normal()
    check_policy(content)
    stored = find_by_any_number(session, content.key)
    refuse_copy(session, content.key, content.document_number, content.title, besides=stored)
    if stored is None:
        added = file_new(session, content, by=by, now=now)
        trail.append(filing_row(added, FILED))
        return ImportOutcome.ADDED
    refuse_cited(session, stored, cited_changes(stored, columns_of(content)))
    end = _stated_end(session, stored, content, now=now)
    proposed = False
    if end is not None:
        content = replace(content, validity=stored.validity, invalid_since=stored.invalid_since)
        proposed = open_ending(session, stored) is None
        if proposed:
            propose_ending(session, stored, end, by=by, now=now)
    changes = _changes_for_two(session, stored, content, by=by)
    if changes and not _is_proposed(session, stored, changes):
        propose_correction(session, stored, changes, reason=BY_FILE_CHANGED, by=by, now=now)
        proposed = True
    content = as_stored(content, stored, changes)
    changed = apply_content(session, stored, content, by=by, now=now)
    if changed:
        renew_opening(session, stored, by=by, now=now)
        trail.append(filing_row(stored, CHANGED, fields=changed))
    return ImportOutcome.CHANGED if changed or proposed else ImportOutcome.UNCHANGED


def stored_content(session: Session, key: str) -> PolicyContent | None:
    """Return the metadata of the document that ``store_policy`` would change, or None."""
    stored = find_by_any_number(session, key)
    return policy_content(stored) if stored is not None else None


def outcome_of(
    session: Session, content: PolicyContent, *, by: Actor, now: datetime
) -> ImportOutcome:
    """Return what ``store_policy`` would do with a document, without writing anything.

    What would be proposed counts as a change. Raises InvalidPolicyError, PolicyKnownError,
    PolicyCitedError, CorrectionPendingError or InvalidEndingError.
    """
    content = content.normal()
    check_policy(content)
    stored = find_by_any_number(session, content.key)
    refuse_copy(session, content.key, content.document_number, content.title, besides=stored)
    unit_id = owning_unit(session, content.unit, by)
    if stored is None:
        return ImportOutcome.ADDED
    refuse_cited(session, stored, cited_changes(stored, columns_of(content)))
    end = _stated_end(session, stored, content, now=now)
    if end is not None and open_ending(session, stored) is None:
        check_ending(session, stored, end)
    changes = _changes_for_two(session, stored, content, by=by)
    if changes and _is_proposed(session, stored, changes):
        content = as_stored(content, stored, changes)
    is_moved = content.unit is not None and unit_id != stored.unit_id
    is_same = replace(content, key=stored.key, unit=None) == policy_content(stored)
    return ImportOutcome.UNCHANGED if is_same and not is_moved else ImportOutcome.CHANGED


def _changes_for_two(
    session: Session, stored: PolicyDocument, content: PolicyContent, *, by: Actor
) -> CitedChanges:
    """Return what a row proposes to change; its end is proposed by itself."""
    content = replace(content, validity=stored.validity, invalid_since=stored.invalid_since)
    return changes_for_two(session, stored, columns_of(content), by=by)


def _is_proposed(session: Session, stored: PolicyDocument, changes: CitedChanges) -> bool:
    """Return whether just these changes wait for the second person.

    Raises CorrectionPendingError if others do.
    """
    waiting = open_correction(session, stored)
    if waiting is None:
        return False
    if {one.name: one for one in waiting.changes} != changes:
        refuse_pending(stored)
    return True


def _stated_end(
    session: Session, stored: PolicyDocument, content: PolicyContent, *, now: datetime
) -> EndingContent | None:
    """Return the end a row states, to be proposed because answers rest on the document.

    None where the row may simply be stored.
    """
    ends = content.validity in ENDED and stored.validity not in ENDED
    if not ends:
        return None
    if open_ending(session, stored) is None and not pairs_resting_on(session, stored_id(stored)):
        return None
    since = content.invalid_since or beijing_day(now)
    return EndingContent(content.validity, since, BY_FILE.format(content.validity))
