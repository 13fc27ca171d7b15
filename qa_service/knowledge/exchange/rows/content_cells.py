"""Conversion between fields of a pair's content and the texts of table cells."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.exchange.rows.cells import (
    ARTICLE_SIGNS,
    KEYWORD_SIGNS,
    LINE_SIGNS,
    WORDING_SIGNS,
    counts_several,
    escape,
    is_placeholder,
    join_items,
    split,
    unescape,
    without_numbering,
)
from qa_service.knowledge.exchange.rows.columns import RowFields
from qa_service.knowledge.pairs.record.fields import FieldItem, FieldKind, FieldValue
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import Aspect

# Placeholders of faulty cells are never stored: the row is refused for its problems.
_NO_DAY = date.min

# Not every 、 ends a citation: 文号 and articles hold some, as 中办、国办 and 第三条、第四条.
_BETWEEN_CITATIONS = re.compile(
    r"(?<=[号条款项》])\s*[；;]\s*|(?<=[号》])\s*[、，,]\s*(?=\S*号|《)"
)
_CITATION_SIGNS = LINE_SIGNS + ARTICLE_SIGNS
_CITED = {"policy", "article", "verified"}
_ASKED = {"question", "if_yes", "if_no"}
_BETWEEN_WORDINGS = re.compile(r"[/、]|(?<=[？?])(?=.)")
WORDING_CHARACTERS = 4
"""Shortest part of a text, in characters, that may be a wording of its own."""
_CLARIFYING_FORMAT = "应是“问题#答是时#答否时”，每行一条"
_BASIS_FORMAT = (
    "应是“文号或标识#条款”，未核对原文的再加“#待核”，或 {policy, article, verified} 的列表"
)
UNVERIFIED = "待核"
"""The mark of a citation that nobody has read in the document."""


def read_value(fields: RowFields, name: str, kind: FieldKind, *, required: bool) -> FieldValue:
    """Return the value of the column ``name``; add faults to ``fields.problems``.

    Texts are not cleaned; a faulty value is a placeholder that must not be stored.
    """
    match kind:
        case FieldKind.AREA:
            return _area(fields, name)
        case FieldKind.UNIT:
            return _unit(fields, name)
        case FieldKind.DAY:
            return fields.day(name, required=required) or (_NO_DAY if required else None)
        case FieldKind.LINES:
            return _wordings(fields, name)
        case FieldKind.WORDS:
            return fields.items(name, KEYWORD_SIGNS)
        case FieldKind.CITATIONS:
            return tuple(_basis(fields, name))
        case FieldKind.CLARIFYING:
            return tuple(_clarifying(fields, name))
        case FieldKind.ASPECT:
            return _aspect(fields, name)
        case _:
            return fields.text(name) if required else fields.optional_text(name)


def cell_of(kind: FieldKind, value: FieldValue) -> str:
    """Return the cell that ``read_value`` reads as ``value``."""
    match value:
        case str():
            return value
        case date():
            return value.isoformat()
        case tuple() if kind is FieldKind.WORDS:
            return join_items(map(str, value), "、", KEYWORD_SIGNS)
        case tuple() if kind is FieldKind.LINES:
            return join_items(map(str, value), "\n", WORDING_SIGNS)
        case tuple():
            return "\n".join(map(_item_cell, value))
        case _:
            return ""


def _item_cell(item: FieldItem) -> str:
    """Return a citation or clarifying question as written to its cell, with signs escaped."""
    match item:
        case Basis():
            parts = [item.policy, item.article or "", "" if item.verified else UNVERIFIED]
            while not parts[-1]:
                parts.pop()
            return "#".join(escape(part, _CITATION_SIGNS) for part in parts)
        case Clarifying():
            said = (item.question, item.if_yes, item.if_no)
            return "#".join(escape(part, _CITATION_SIGNS) for part in said)
        case _:
            return escape(item, LINE_SIGNS)


def _area(fields: RowFields, name: str) -> str:
    """Return the area's key or name as written, alone or as the head of a path (养老/高龄津贴)."""
    area = display_clean(fields.text(name).partition("/")[0])
    if not area:
        fields.fault(name, "不能为空，请写单位和领域清单中的领域")
    return area


def _unit(fields: RowFields, name: str) -> str:
    """Return the unit's key or name as it was written."""
    unit = display_clean(fields.text(name))
    if not unit:
        fields.fault(name, "不能为空，请写单位名录中的单位")
    return unit


def _aspect(fields: RowFields, name: str) -> Aspect | None:
    """Return the aspect written in the cell, None for an empty one."""
    written = display_clean(fields.optional_text(name))
    if not written:
        return None
    if written in set(Aspect):
        return Aspect(written)
    fields.fault(name, f"应是{'、'.join(aspect.label for aspect in Aspect)}之一")
    return None


def _wordings(fields: RowFields, name: str) -> tuple[str, ...]:
    """Return the variants of a row; a note tells of one that reads like several."""
    items = fields.items(name, WORDING_SIGNS)
    if fields.listed(name) is not None:
        return items
    items = without_numbering(items)
    for item in items:
        parts = [part for part in _BETWEEN_WORDINGS.split(item) if part.strip()]
        is_list = len(parts) > 1 and all(len(part) >= WORDING_CHARACTERS for part in parts)
        if is_list or counts_several(item):
            fields.notes.append(f"{fields.column(name)}“{item}”只作一条；如是几条，请一行写一条")
    return items


def _clarifying(fields: RowFields, name: str) -> Iterator[Clarifying]:
    """Yield the clarifying questions up to the first one that cannot be read."""
    listed = fields.listed(name)
    items = (
        listed
        if listed is not None
        else [part.strip() for part in split(fields.text(name), LINE_SIGNS)]
    )
    for item in items:
        if not item or (isinstance(item, str) and is_placeholder(item)):
            continue
        asked = _asked(item) if isinstance(item, str) else _asked_object(item)
        if asked is None:
            fields.fault(name, _CLARIFYING_FORMAT)
            return
        yield asked


def _asked(text: str) -> Clarifying | None:
    """Return the question written as 问题#答是时#答否时; None for another text."""
    parts = _parts(text)
    return Clarifying(*parts) if len(parts) == len(_ASKED) else None


def _asked_object(item: object) -> Clarifying | None:
    """Return the question of a JSON object; None for anything else."""
    if not isinstance(item, Mapping) or item.keys() != _ASKED:
        return None
    return Clarifying.load(item) if all(isinstance(text, str) for text in item.values()) else None


def _basis(fields: RowFields, name: str) -> Iterator[Basis]:
    """Yield the citations up to the first one that cannot be read."""
    listed = fields.listed(name)
    for item in listed if listed is not None else _citations(fields.text(name)):
        basis = _cited(item) if isinstance(item, str) else _cited_object(item)
        if basis is None:
            fields.fault(name, _BASIS_FORMAT)
            return
        if is_placeholder(basis.policy) and not basis.article:
            continue
        if basis.policy:
            yield basis
        elif basis.article:
            fields.fault(name, "“#”之前缺少文号或标识")


def _citations(cell: str) -> Iterator[str]:
    """Yield the citations of a cell, one a line or one after another: 甲号；乙号、丙号."""
    for line in split(cell, LINE_SIGNS):
        yield from _BETWEEN_CITATIONS.split(line)


def _cited(text: str) -> Basis | None:
    """Return the citation written as 文号#条款 or 文号#条款#待核; None for another text."""
    parts = _parts(text)
    if len(parts) > len(_CITED):
        return None
    policy, article, mark = (*parts, "", "")[: len(_CITED)]
    return Basis(policy, article or None, not mark) if mark in ("", UNVERIFIED) else None


def _cited_object(item: object) -> Basis | None:
    """Return the citation of a JSON object; None for anything else."""
    if not isinstance(item, Mapping) or not item.keys() <= _CITED:
        return None
    if not isinstance(item.get("verified", True), bool):
        return None
    is_text = isinstance(item.get("policy"), str) and isinstance(item.get("article"), str | None)
    return Basis.load(item) if is_text else None


def _parts(text: str) -> list[str]:
    """Return the trimmed parts of ``text`` between its # signs."""
    return [unescape(part.strip(), _CITATION_SIGNS) for part in split(text, ARTICLE_SIGNS)]
