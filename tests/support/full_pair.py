"""A pair in which every field says something, made from the table of fields."""

from datetime import date, timedelta

from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import ContentField, FieldKind, FieldValue, to_json
from qa_service.vocabulary import Aspect, PolicyArea


def full_content(
    *,
    unit: str,
    policy: str,
    area: PolicyArea = PolicyArea.SOCIAL_ASSISTANCE,
    mark: str = "甲",
) -> PairContent:
    """A content of a known unit and policy; ``mark`` makes its other values its own."""
    offset = 0 if mark == "甲" else 1
    known: dict[FieldKind, FieldValue] = {
        FieldKind.AREA: area,
        FieldKind.UNIT: unit,
        FieldKind.ASPECT: Aspect.AMOUNT if mark == "甲" else Aspect.PERIOD,
        FieldKind.CITATIONS: (Basis(policy, f"第{mark}条"), Basis(policy, verified=False)),
    }
    return PairContent.of(
        {
            field.name: known.get(field.kind) or sample(field, mark, place * 10 + offset)
            for place, field in enumerate(PAIR_FIELDS)
        }
    )


def as_body(content: PairContent) -> dict[str, object]:
    """The content as REST takes it."""
    return {field.wire_name: to_json(content.value(field.name)) for field in PAIR_FIELDS}


def sample(field: ContentField, mark: str, days: int) -> FieldValue:
    text = f"{field.label}{mark}"
    match field.kind:
        case FieldKind.DAY:
            # In force today and for long; the end of a pair lies after its beginning.
            return date(2026 if field.required else 2030, 1, 1) + timedelta(days=days)
        case FieldKind.PARAGRAPHS:
            return f"{text}一\n{text}二"
        case FieldKind.LINES | FieldKind.WORDS:
            return (f"{text}一", f"{text}二")
        case FieldKind.CLARIFYING:
            return (Clarifying(f"{text}吗？", "可以|#办", "不可以"), Clarifying("二？", "是", "否"))
    return text
