"""The forms of a page, to be filled in without a browser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXT_TYPES = {"text", "search", "email", "tel", "url", "number", "date", "password", "textarea"}


@dataclass
class Form:
    """Where a form goes, what it holds, and which of its fields are typed in."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)

    def filled(self, text: str) -> dict[str, list[str]]:
        """What is sent when ``text`` is typed into every field."""
        data: dict[str, list[str]] = {name: [text] for name in self.typed}
        for name, value in self.values:
            data.setdefault(name, []).append(value)
        return data


class PageForms(HTMLParser):
    """Reads a page: its forms, its elements, and attributes that would run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.elements: set[str] = set()
        self.handlers: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one element in."""
        given = {name: value or "" for name, value in attrs}
        self.elements.add(tag)
        self.handlers += [name for name in given if name.startswith("on")]
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        elif self._form is not None and (name := given.get("name") or self._select):
            self._take(tag, name, given)
        if tag == "select":
            self._select = given.get("name", "")

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a choice."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _take(self, tag: str, name: str, given: dict[str, str]) -> None:
        assert self._form
        kind = given.get("type", "text") if tag == "input" else tag
        if kind in TEXT_TYPES:
            self._form.typed.append(name)
        elif kind == "file":
            self._form.uploads.append(name)
        elif kind in {"hidden", "button"} or given.keys() & {"checked", "selected"}:
            self._form.values.append((name, given.get("value", "")))
