"""Reads submitted forms as text that can be stored, and maps validation errors to fields."""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from qa_service.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    QAServiceError,
    ThrottledError,
)
from qa_service.text.normalise import display_clean

Member = TypeVar("Member", bound=StrEnum)

SEARCH_CHARACTERS = 100


class SubmittedForm:
    """The fields of a submitted form; a file sent in place of text counts as empty."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str) -> str:
        """Return the field's text with LF line ends and no control characters, or ""."""
        return plain_text(self._data.get(name))

    def secret(self, name: str) -> str:
        """Return the field exactly as typed, as passwords need it, or ""."""
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the text of every field of this name, in order."""
        return tuple(plain_text(value) for value in self._data.getlist(name))

    def file(self, name: str) -> UploadFile | None:
        """Return the file sent under this name; None for an empty field."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def number(self, name: str) -> int:
        """Return the field as a whole number of at most nine digits; 0 if it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def plain_text(value: object) -> str:
    """Return ``value`` trimmed, without control characters and lone surrogates; "" if no text."""
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign >= " " or sign in "\n\t")
    return kept.encode("utf-8", "ignore").decode("utf-8").strip()


def search_words(typed: str) -> str:
    """Return the search terms typed, cleaned and cut to ``SEARCH_CHARACTERS``."""
    return display_clean(plain_text(typed))[:SEARCH_CHARACTERS]


def problems_by_field(refusal: QAServiceError | None) -> dict[str, list[str]]:
    """Group the messages of a refused form by the field they belong to, each message once."""
    found: dict[str, list[str]] = {}
    for problem in refusal.problems if refusal else ():
        messages = found.setdefault(problem.field, [])
        if problem.message not in messages:
            messages.append(problem.message)
    return found


def status_of(refusal: QAServiceError | None) -> int:
    """Return the HTTP status of a page that tells a refusal; 200 without one."""
    if refusal is None:
        return 200
    if isinstance(refusal, ForbiddenError):
        return 403
    if isinstance(refusal, NotFoundError):
        return 404
    return 409 if isinstance(refusal, ConflictError) else 422


def with_wait(page: Response, refusal: QAServiceError | None) -> Response:
    """Return the page with the time after which a throttled visitor may try again."""
    if isinstance(refusal, ThrottledError):
        page.headers["Retry-After"] = str(refusal.retry_seconds)
    return page


def member_or_none(members: type[Member], text: str) -> Member | None:
    """Return the member whose value is ``text``; None for an empty or unknown one."""
    try:
        return members(text)
    except ValueError:
        return None


def day_problems(since: str, until: str) -> dict[str, list[str]]:
    """Return what is wrong with the first and the last day of a filter, by field."""
    found: dict[str, list[str]] = {}
    for name, typed in (("since", since), ("until", until)):
        if plain_text(typed) and day_or_none(typed) is None:
            found[name] = [f"“{plain_text(typed)[:20]}”不是日期，请写成 2026-09-30 的形式"]
    first, last = day_or_none(since), day_or_none(until)
    if first and last and last < first:
        found["until"] = ["截止日期早于起始日期，请改正"]
    return found


def day_or_none(typed: str) -> date | None:
    """Return the day typed as 2026-01-31; None for an empty or impossible one."""
    try:
        return date.fromisoformat(plain_text(typed))
    except ValueError:
        return None
