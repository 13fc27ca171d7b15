"""Texts of a refused form that the page shown in answer has no field for (您刚才填写的).

The form may be gone because somebody else took a step meanwhile. What is lost is found in the
page itself, so that no page has to list the fields of its forms.
"""

from dataclasses import dataclass
from html.parser import HTMLParser

from qa_service.vocabulary import CallOutcome
from qa_service.web.kit.forms import SubmittedForm, member_or_none, plain_text
from qa_service.web.kit.names.field_labels import FIELD_LABELS

Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A text that was typed and not stored, with the label of its field."""

    label: str
    text: str


def left_over(form: SubmittedForm, page: str) -> tuple[LeftOver, ...]:
    """Return what was typed into ``form`` and stands in no field of the HTML ``page``."""
    fields = _Fields()
    fields.feed(page)
    fields.close()
    typed = (
        (name, text)
        for name in FIELD_LABELS
        for text in form.texts(name)
        if text and (name, text) not in fields.filled
    )
    return tuple(LeftOver(FIELD_LABELS[name], _words(name, text)) for name, text in typed)


def _words(name: str, text: str) -> str:
    """Return the text as people read it: an outcome may also be chosen, as that of a call is."""
    outcome = member_or_none(CallOutcome, text) if name == "outcome" else None
    return outcome.label if outcome else text


class _Fields(HTMLParser):
    """Collects the fields of a page that a user sees, each with its value, as ``filled``."""

    def __init__(self) -> None:
        super().__init__()
        self.filled: set[tuple[str, str]] = set()
        self._area: str | None = None
        self._select = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Note the value of an input or of a chosen option; begin a textarea."""
        found = {name: value or "" for name, value in attrs}
        if tag == "input" and found.get("type") != "hidden":
            self._fill(found.get("name", ""), found.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = found.get("name", ""), []
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and "selected" in found:
            self._fill(self._select, found.get("value", ""))

    def handle_data(self, data: str) -> None:
        """Note the text of a textarea."""
        if self._area is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a textarea."""
        if tag == "textarea" and self._area is not None:
            self._fill(self._area, "".join(self._text))
            self._area = None

    def _fill(self, name: str, value: str) -> None:
        self.filled.add((name, plain_text(value)))
