"""Validation and cleaning of a pair's content before it is stored."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import (
    ContentField,
    FieldItem,
    FieldKind,
    FieldValue,
    texts_of,
)
from qa_service.text.normalise import display_clean, is_meaningful
from qa_service.text.privacy.digits import holds_long_number
from qa_service.text.privacy.kinds import PersonalDataKind
from qa_service.text.privacy.masking import mask_personal_data, masked

_PERSONAL = frozenset(
    {PersonalDataKind.RESIDENT_ID, PersonalDataKind.BANK_CARD, PersonalDataKind.MOBILE}
)
"""Kinds never allowed in an answer, unlike an office's own landline, address and mailbox."""

CHECKED_CHARACTERS = 20_000
"""Longest text that is searched for personal numbers; no field allows more."""

_BLANK_LINES = re.compile(r"\n{3,}")

_WRITTEN = {
    FieldKind.LINE,
    FieldKind.PARAGRAPHS,
    FieldKind.LINES,
    FieldKind.WORDS,
    FieldKind.CLARIFYING,
}
"""Kinds of fields with free text, which may contain personal data by mistake."""

_NEVER_BLANK = {FieldKind.LINES, FieldKind.CLARIFYING}
"""Kinds whose items must not be blank; a blank keyword or article is allowed."""


class InvalidPairError(InvalidInputError):
    """The pair has invalid fields; ``problems`` names each of them."""

    code = "invalid_pair"
    title = "问答内容有误"


def clean_content(content: PairContent) -> PairContent:
    """Return ``content`` cleaned for storage: no invisible characters, extra spaces or repeats.

    Only paragraphs keep their line breaks. The reason of a limited audience is masked before it
    is hashed and signed: like other reasons it is typed for colleagues. Idempotent.
    """
    cleaned = {field.name: _clean(field.kind, content.value(field.name)) for field in PAIR_FIELDS}
    reason = cleaned["limited_reason"]
    if isinstance(reason, str) and len(reason) <= CHECKED_CHARACTERS:
        cleaned["limited_reason"] = masked(reason)
    return content.with_values(cleaned)


def check_content(content: PairContent) -> None:
    """Raise InvalidPairError, naming every faulty field, unless ``content`` can be stored."""
    problems = content_problems(content)
    if problems:
        raise InvalidPairError("问答内容有误，请按提示修改", problems=problems)


def content_problems(content: PairContent) -> tuple[FieldProblem, ...]:
    """Return the problems of the cleaned ``content``, field by field."""
    return tuple(_problems(content))


def clean_paragraphs(text: str) -> str:
    """Return ``text`` with cleaned lines and at most one blank line between them. Idempotent."""
    lines = "\n".join(display_clean(line) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")


def with_unread(
    unread: Sequence[FieldProblem], found: Iterable[FieldProblem]
) -> tuple[FieldProblem, ...]:
    """Return every fault of a form once: the fields that could not be read, and the others'.

    What was ``found`` in a field that could not be read concerns a placeholder, and is left out.
    """
    names = {one.field for one in unread}
    return tuple(dict.fromkeys([*unread, *(one for one in found if one.field not in names)]))


def personal_problems_of(content: PairContent) -> Iterator[FieldProblem]:
    """Yield a problem for each personal number in the texts of ``content``."""
    return personal_problems(written_texts(content))


def written_texts(content: PairContent) -> dict[str, str]:
    """Return the text of every field that people write freely, by the name of the field."""
    return {
        field.name: "\n".join(texts_of(content.value(field.name)))
        for field in PAIR_FIELDS
        if field.kind in _WRITTEN
    }


def personal_problems(texts: Mapping[str, str]) -> Iterator[FieldProblem]:
    """Yield a problem for each kind of personal number in ``texts``, keyed by field name."""
    for field, text in texts.items():
        # Each of those has at least eleven digits; looking for that first is 20 times cheaper.
        if len(text) > CHECKED_CHARACTERS or not holds_long_number(text):
            continue
        for kind in mask_personal_data(text).found:
            if kind in _PERSONAL:
                yield FieldProblem(field, f"含有{kind.label}，请删去个人信息")


def _clean(kind: FieldKind, value: FieldValue) -> FieldValue:
    """Return a field's value cleaned for storage."""
    match value:
        case str() if kind is FieldKind.LINE:
            return display_clean(value)
        case str() if kind is FieldKind.PARAGRAPHS:
            return clean_paragraphs(value)
        case tuple():
            return tuple(dict.fromkeys(filter(None, map(_clean_item, value))))
        case _:
            return value


def _clean_item(item: FieldItem) -> FieldItem:
    """Return one item of a field cleaned for storage; "" for a blank text."""
    match item:
        case Basis():
            return Basis(
                display_clean(item.policy),
                display_clean(item.article or "") or None,
                item.verified,
            )
        case Clarifying():
            return Clarifying(*map(display_clean, texts_of((item,))))
        case _:
            return display_clean(item)


def _problems(content: PairContent) -> Iterator[FieldProblem]:
    """Yield every problem of ``content``."""
    for field in PAIR_FIELDS:
        yield from _field_problems(field, content.value(field.name))
    yield from personal_problems_of(content)
    if content.expires_on and content.expires_on < content.effective_from:
        yield FieldProblem("expires_on", "失效日期早于生效日期")
    if content.is_limited and not content.audience:
        yield FieldProblem("audience", "仅对适用对象公开的答复，请写明适用对象")


def _field_problems(field: ContentField, value: FieldValue) -> Iterator[FieldProblem]:
    """Yield the problems of one field: blank or too long texts, too many items."""
    if field.limit:
        must_say = field.required or field.kind in _NEVER_BLANK
        for text in texts_of(value):
            if must_say and not is_meaningful(text):
                yield FieldProblem(field.name, "不能为空，请填写文字内容")
            yield from _length_problems(field.name, text, field.limit)
    if field.count and isinstance(value, tuple):
        yield from _count_problems(field.name, value, field.count)


def _length_problems(field: str, text: str, limit: int) -> Iterator[FieldProblem]:
    """Yield a problem where ``text`` has more than ``limit`` characters."""
    if len(text) > limit:
        yield FieldProblem(field, f"超过 {limit} 个字（现有 {len(text)} 个字），请精简")


def _count_problems(field: str, items: Sequence[object], limit: int) -> Iterator[FieldProblem]:
    """Yield a problem where there are more than ``limit`` items."""
    if len(items) > limit:
        yield FieldProblem(field, f"最多 {limit} 条（现有 {len(items)} 条），请精简")
