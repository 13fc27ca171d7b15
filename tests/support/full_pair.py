"""A pair in which every field says something, made from the table of fields."""

from datetime import date, timedelta

from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.fields import ContentField, FieldKind, FieldValue, to_json
from qa_service.vocabulary import PolicyArea


def full_content(
    *,
    unit: str,
    policy: str,
    area: PolicyArea = PolicyArea.SOCIAL_ASSISTANCE,
    mark: str = "甲",
) -> PairContent:
    """A content of a known unit and policy; ``mark`` makes its other values its own."""
    first = date(2026, 1 if mark == "甲" else 2, 1)
    days = iter(first + timedelta(days=number) for number in range(len(PAIR_FIELDS)))
    known: dict[FieldKind, FieldValue] = {
        FieldKind.AREA: area,
        FieldKind.UNIT: unit,
        FieldKind.CITATIONS: (Basis(policy, f"第{mark}条"), Basis(policy)),
    }
    return PairContent.of(
        {
            field.name: known.get(field.kind) or sample(field, mark, next(days))
            for field in PAIR_FIELDS
        }
    )


def as_body(content: PairContent) -> dict[str, object]:
    """The content as REST takes it."""
    return {field.wire_name: to_json(content.value(field.name)) for field in PAIR_FIELDS}


def sample(field: ContentField, mark: str, day: date) -> FieldValue:
    text = f"{field.label}{mark}"
    match field.kind:
        case FieldKind.DAY:
            return day
        case FieldKind.PARAGRAPHS:
            return f"{text}一\n{text}二"
        case FieldKind.LINES | FieldKind.WORDS:
            return (f"{text}一", f"{text}二")
        case FieldKind.CLARIFYING:
            return (Clarifying(f"{text}吗？", "可以|#办", "不可以"), Clarifying("二？", "是", "否"))
    return text
