"""The form in which an API key is asked for, on the pages of accounts and of one's own account."""

from dataclasses import dataclass
from datetime import datetime

from qa_service.accounts.api_keys import CALLS_PER_MINUTE
from qa_service.accounts.models import ApiKey
from qa_service.vocabulary import Scope
from qa_service.web.kit.forms import SubmittedForm, member_or_none


@dataclass(frozen=True, slots=True)
class AskedKey:
    """A key as asked for; a number that cannot be read is 0, which the service refuses."""

    name: str
    scopes: tuple[Scope, ...]
    days: int
    per_minute: int


def submitted_key(form: SubmittedForm) -> AskedKey:
    """Return the key that a form asks for."""
    scopes = (member_or_none(Scope, text) for text in form.texts("scopes"))
    is_usual = not form.text("per_minute")
    return AskedKey(
        name=form.text("name"),
        scopes=tuple(scope for scope in scopes if scope),
        days=form.number("days"),
        per_minute=CALLS_PER_MINUTE if is_usual else form.number("per_minute"),
    )


def key_standing(key: ApiKey, now: datetime) -> str:
    """Return whether the key can be used, as the pages say it."""
    if not key.is_active:
        return "已停用"
    return "已过期" if key.expires_at is not None and key.expires_at <= now else "在用"
