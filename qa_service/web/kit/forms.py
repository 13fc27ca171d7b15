"""What a browser sent in a form: text only, fit to be stored."""

from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData, UploadFile

from qa_service.text.normalise import display_clean

Member = TypeVar("Member", bound=StrEnum)

SEARCH_CHARACTERS = 100


class SubmittedForm:
    """A posted form; files sent in place of text count as nothing."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str) -> str:
        """The field's text, with plain line ends and no control characters; or empty."""
        return plain_text(self._data.get(name))

    def secret(self, name: str) -> str:
        """The field exactly as typed, for passwords; or empty."""
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The text of every field of this name, in order."""
        return tuple(plain_text(value) for value in self._data.getlist(name))

    def file(self, name: str) -> UploadFile | None:
        """The file sent under this name; None for an empty field."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def number(self, name: str) -> int:
        """The field as a whole number; 0 when it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def plain_text(value: object) -> str:
    """``value`` if it is text, without what no database should be asked to hold."""
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign >= " " or sign in "\n\t")
    return kept.encode("utf-8", "ignore").decode("utf-8").strip()


def search_words(typed: str) -> str:
    """What a list is searched for; an address may hold more than the box lets one type."""
    return display_clean(plain_text(typed))[:SEARCH_CHARACTERS]


def member_or_none(members: type[Member], text: str) -> Member | None:
    """The member whose value is ``text``; None for an empty or unknown one."""
    try:
        return members(text)
    except ValueError:
        return None
