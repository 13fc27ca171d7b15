"""View models of pairs: rows of lists, and field-by-field differences of two versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from qa_service.accounts.units import list_units
from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import FieldItem, FieldKind, FieldValue
from qa_service.web.bank.forms.content_form import form_text
from qa_service.web.bank.pairs.text_comparison import Run, compare_texts
from qa_service.web.kit.names.labels import Badge

_COMPARED = sorted(
    (field for field in PAIR_FIELDS if field.diff_order is not None),
    key=lambda field: field.diff_order or 0,
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


def unit_names(session: Session) -> dict[str, str]:
    """Return the name of every unit by its key."""
    return {unit.key: unit.name for unit in list_units(session)}


def compare(
    old: PairContent | None, new: PairContent, unit_names: dict[str, str]
) -> list[FieldDiff]:
    """Return each field with text on either side; without ``old`` no field is changed."""
    before = dict(_fields(old, unit_names)) if old else {}
    found = []
    for label, text in _fields(new, unit_names):
        was = before.get(label, "") if old else text
        if text or was:
            found.append(FieldDiff(label, tuple(compare_texts(was, text))))
    return found


def _fields(content: PairContent, unit_names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each compared field, in display order."""
    for field in _COMPARED:
        value = content.value(field.name)
        is_unit = field.kind is FieldKind.UNIT
        text = unit_names.get(content.unit, content.unit) if is_unit else _text(field.kind, value)
        yield field.page_label, text


def _text(kind: FieldKind, value: FieldValue) -> str:
    """Return the value of a field as text, one item per line."""
    match kind, value:
        case FieldKind.CITATIONS | FieldKind.CLARIFYING, tuple():
            return "\n".join(map(_item_text, value))
        case _:
            return form_text(kind, value)


def _item_text(item: FieldItem) -> str:
    """Return a citation or a clarifying question on one line."""
    match item:
        case Basis():
            mark = "" if item.verified else "（待核）"
            return f"{item.policy} {item.article or ''}".strip() + mark
        case Clarifying():
            return f"{item.question} 是：{item.if_yes} 否：{item.if_no}"
        case _:
            return item
