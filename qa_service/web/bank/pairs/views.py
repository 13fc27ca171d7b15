"""View models of pairs: rows of lists, and field-by-field differences of two versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from qa_service.accounts.units import list_units
from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import FieldItem, FieldKind, FieldValue
from qa_service.knowledge.policies.citing import document_citations
from qa_service.web.bank.forms.content_form import form_text
from qa_service.web.bank.pairs.text_comparison import Run, compare_texts
from qa_service.web.kit.names.labels import Badge

_COMPARED = sorted(
    (one for one in PAIR_FIELDS if one.diff_order is not None),
    key=lambda one: one.diff_order or 0,
)


@dataclass(frozen=True, slots=True)
class ReworkRow:
    """A withdrawn pair that needs a new answer."""

    task_id: int
    pair_id: int
    question: str
    reason: str
    opened_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as it is listed."""

    view: PairView
    status: Badge


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of the newer content, with its changes."""

    label: str
    runs: tuple[Run, ...]

    @property
    def is_changed(self) -> bool:
        """Return whether the two sides differ."""
        return any(run.change != "same" for run in self.runs)


@dataclass(frozen=True, slots=True)
class ShownNames:
    """The names of units and of documents as they are cited, by key: keys say nothing to readers.

    What is not named is shown by its key.
    """

    units: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)


def unit_names(session: Session) -> dict[str, str]:
    """Return the name of every unit by its key."""
    return {unit.key: unit.name for unit in list_units(session)}


def shown_names(session: Session, *contents: PairContent | None) -> ShownNames:
    """Return the names that a comparison of ``contents`` shows."""
    cited = {one.policy for content in contents if content for one in content.basis}
    return ShownNames(unit_names(session), document_citations(session, cited))


def compare(old: PairContent | None, new: PairContent, names: ShownNames) -> list[FieldDiff]:
    """Return each field with text on either side; without ``old`` no field is changed."""
    before = dict(_fields(old, names)) if old else {}
    found = []
    for label, text in _fields(new, names):
        was = before.get(label, "") if old else text
        if text or was:
            found.append(FieldDiff(label, tuple(compare_texts(was, text))))
    return found


def _fields(content: PairContent, names: ShownNames) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each compared field, in display order."""
    for one in _COMPARED:
        is_unit = one.kind is FieldKind.UNIT
        unit = names.units.get(content.unit, content.unit)
        text = unit if is_unit else _text(one.kind, content.value(one.name), names)
        yield one.page_label, text


def _text(kind: FieldKind, value: FieldValue, names: ShownNames) -> str:
    """Return the value of a field as text, one item per line."""
    match kind, value:
        case FieldKind.CITATIONS | FieldKind.CLARIFYING, tuple():
            return "\n".join(_item_text(item, names) for item in value)
        case _:
            return form_text(kind, value)


def _item_text(item: FieldItem, names: ShownNames) -> str:
    """Return a citation or a clarifying question on one line."""
    match item:
        case Basis():
            mark = "" if item.verified else "（待核）"
            document = names.documents.get(item.policy, item.policy)
            return f"{document} {item.article or ''}".strip() + mark
        case Clarifying():
            return f"{item.question} 是：{item.if_yes} 否：{item.if_no}"
        case _:
            return item
