"""Drafts of long forms, kept for their writer until they are submitted, on any computer.

They may hold what a citizen said: they are encrypted, bound to the writer's account, and
deleted after ``KEPT_FOR``.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.models import FormDraft
from qa_service.errors import ConfigurationError, InvalidInputError
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.privacy.masking import masked

KEPT_FOR = timedelta(days=14)
LONGEST = 100_000
"""Characters of one draft: a reply of the greatest length with all its rows."""

FORM_CHARACTERS = 300
MOST = 50
"""Drafts of one user; the oldest give way."""


_FORM = re.compile(r"/[A-Za-z0-9._~%/-]*(?:#\d{1,3})?", re.ASCII)
"""The path of a form, with its place among those of its page: what a draft is found by."""


class UnknownFormError(InvalidInputError):
    """The name of a form, which lies unencrypted, is none that a page sends: no path of a form."""

    code = "draft_form_unknown"
    title = "草稿地址有误"


class DraftTooLongError(InvalidInputError):
    """The draft or the name of its form is too long to be kept."""

    code = "draft_too_long"
    title = "草稿过长"


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as the page sent it, with the time it was kept."""

    values: str
    saved_at: datetime


def save_draft(
    session: Session, user_id: int, form: str, values: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Keep what was typed into a form in place of what was kept before.

    Raises DraftTooLongError and UnknownFormError.
    """
    if len(values) > LONGEST or not form or len(form) > FORM_CHARACTERS:
        raise DraftTooLongError("草稿过长，没有在服务器上留存，请尽快提交")
    if not _FORM.fullmatch(form) or masked(form) != form:
        raise UnknownFormError("表单地址有误，草稿没有在服务器上留存，请尽快提交")
    lock_for_transaction(session, f"form-drafts:{user_id}")
    sealed = cipher.encrypt(values, context=draft_context(user_id))
    stored = _find(session, user_id, form) or FormDraft(
        user_id=user_id, form=form, values_sealed=sealed, saved_at=now
    )
    stored.values_sealed, stored.saved_at = sealed, now
    session.add(stored)
    session.flush()
    kept = select(FormDraft.id).where(FormDraft.user_id == user_id)
    too_many = session.exec(kept.order_by(col(FormDraft.saved_at).desc()).offset(MOST)).all()
    if too_many:
        session.execute(delete(FormDraft).where(col(FormDraft.id).in_(too_many)))


def find_draft(
    session: Session, user_id: int, form: str, *, cipher: FieldCipher
) -> StoredDraft | None:
    """Return the user's draft of a form; None if there is none that can be read."""
    stored = _find(session, user_id, form)
    if stored is None:
        return None
    try:
        values = cipher.decrypt(stored.values_sealed, context=draft_context(user_id))
    except ConfigurationError:
        return None
    return StoredDraft(values, stored.saved_at)


def reseal_drafts(session: Session, cipher: FieldCipher) -> None:
    """Encrypt every draft again under the present key; one that cannot be read is dropped."""
    for stored in session.exec(select(FormDraft)).all():
        context = draft_context(stored.user_id)
        try:
            values = cipher.decrypt(stored.values_sealed, context=context)
        except ConfigurationError:
            session.delete(stored)
            continue
        stored.values_sealed = cipher.encrypt(values, context=context)
        session.add(stored)
    session.flush()


def drop_draft(session: Session, user_id: int, form: str) -> None:
    """Forget the draft of a form, because it was submitted or given up."""
    session.execute(
        delete(FormDraft).where(col(FormDraft.user_id) == user_id, col(FormDraft.form) == form)
    )


def delete_old_drafts(session: Session, *, now: datetime) -> int:
    """Delete drafts older than ``KEPT_FOR``; return how many."""
    statement = select(FormDraft.id).where(col(FormDraft.saved_at) < now - KEPT_FOR)
    old = session.exec(statement.limit(500)).all()
    session.execute(delete(FormDraft).where(col(FormDraft.id).in_(old)))
    return len(old)


def _find(session: Session, user_id: int, form: str) -> FormDraft | None:
    statement = select(FormDraft).where(FormDraft.user_id == user_id, FormDraft.form == form)
    return session.exec(statement).one_or_none()


def draft_context(user_id: int) -> str:
    """Return the context in which the drafts of a user are encrypted."""
    return f"form draft {user_id}"
