"""Form fields of an answer's content: raw text as typed, and its conversion to values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.record.fields import ContentField, FieldKind, FieldValue
from qa_service.vocabulary import Aspect
from qa_service.web.bank.forms.basis_form import (
    UNREAD,
    BasisRow,
    read_basis,
    read_day,
    submitted_rows,
    with_blanks,
)
from qa_service.web.kit.forms import SubmittedForm

_SEPARATORS = str.maketrans("、，,；;", "     ")
_ROWS = {FieldKind.CITATIONS, FieldKind.CLARIFYING}

# Placeholders for faulty fields are never stored, since the form is rejected with its problems.
_NO_DAY = date.min


@dataclass(frozen=True, slots=True)
class ContentForm:
    """Raw input of the form: ``texts`` by field name, and the rows."""

    texts: Mapping[str, str]
    basis: tuple[BasisRow, ...] = ()
    clarifying: tuple[Clarifying, ...] = ()

    @property
    def clarifying_rows(self) -> tuple[Clarifying, ...]:
        """Return the filled rows and an empty one."""
        return (*self.clarifying, Clarifying("", "", ""))

    @property
    def basis_rows(self) -> tuple[BasisRow, ...]:
        """Return the filled rows and some empty ones."""
        return with_blanks(self.basis)


def first_form(fields: Iterable[ContentField], **texts: str) -> ContentForm:
    """Return a form that is empty but for ``texts``."""
    return ContentForm({field.name: texts.get(field.name, "") for field in _single(fields)})


def submitted_content_form(form: SubmittedForm, fields: Iterable[ContentField]) -> ContentForm:
    """Return the submitted form, each field as typed."""
    texts = {field.name: form.text(field.name) for field in _single(fields)}
    return ContentForm(texts, submitted_rows(form), _submitted_clarifying(form))


def stored_content_form(
    values: Mapping[str, FieldValue],
    fields: Iterable[ContentField],
    document_names: Mapping[str, str],
) -> ContentForm:
    """Return the form filled with ``values``; documents are named by their key."""
    texts = {field.name: form_text(field.kind, values[field.name]) for field in _single(fields)}
    basis, clarifying = (_items(values.get(name)) for name in ("basis", "clarifying"))
    rows = (
        BasisRow(
            document_names.get(one.policy, one.policy),
            one.article or "",
            "" if one.verified else UNREAD,
        )
        for one in basis
        if isinstance(one, Basis)
    )
    return ContentForm(
        texts, tuple(rows), tuple(one for one in clarifying if isinstance(one, Clarifying))
    )


def read_values(
    session: Session,
    form: ContentForm,
    fields: Iterable[ContentField],
    problems: list[FieldProblem],
) -> dict[str, FieldValue]:
    """Return the values typed, by field name; invalid fields are added to ``problems``."""
    values: dict[str, FieldValue] = {}
    for field in fields:
        if field.kind is FieldKind.CITATIONS:
            values[field.name] = read_basis(session, form.basis, problems)
        elif field.kind is FieldKind.CLARIFYING:
            values[field.name] = form.clarifying
        else:
            values[field.name] = _read(field, form.texts[field.name], problems)
    return values


def form_text(kind: FieldKind, value: FieldValue) -> str:
    """Return a field's value as form text; citations and clarifying questions have rows instead."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case date():
            return value.isoformat()
        case tuple():
            separator = "、" if kind is FieldKind.WORDS else "\n"
            return separator.join(item for item in value if isinstance(item, str))
        case _:
            return ""


def _read(field: ContentField, text: str, problems: list[FieldProblem]) -> FieldValue:
    """Return the value typed into one field; a placeholder, and a problem, for a faulty one."""
    match field.kind:
        case FieldKind.AREA if not text:
            problems.append(FieldProblem(field.name, "请选择领域"))
            return text
        case FieldKind.UNIT if not text:
            problems.append(FieldProblem(field.name, "请选择承办单位"))
            return text
        case FieldKind.DAY if field.required:
            return read_day(field.name, text, problems) or _NO_DAY
        case FieldKind.DAY:
            return read_day(field.name, text, problems) if text else None
        case FieldKind.LINES:
            return tuple(filter(None, map(str.strip, text.split("\n"))))
        case FieldKind.WORDS:
            return tuple(text.translate(_SEPARATORS).split())
        case FieldKind.FLAG:
            return text != "no"
        case FieldKind.ASPECT:
            return Aspect(text) if text in set(Aspect) else None
        case _:
            return text


def _single(fields: Iterable[ContentField]) -> Iterable[ContentField]:
    """Return the fields that the form shows as a single text input."""
    return (field for field in fields if field.kind not in _ROWS)


def _items(value: FieldValue) -> tuple[object, ...]:
    """Return the items of a field, none where the content has no such field."""
    return value if isinstance(value, tuple) else ()


def _submitted_clarifying(form: SubmittedForm) -> tuple[Clarifying, ...]:
    """Return the rows of clarifying questions in which anything was typed."""
    columns = (form.texts(f"clarifying_{part}") for part in ("question", "yes", "no"))
    rows = zip_longest(*columns, fillvalue="")
    return tuple(Clarifying(*row) for row in rows if any(row))
