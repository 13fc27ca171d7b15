"""A unit's reply (答复) as plain values, and the table of its fields."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import (
    PAIR_FIELDS,
    PHONE_SCRIPT_CHARACTERS,
    PairContent,
)
from qa_service.knowledge.pairs.record.fields import ContentField, ContentValues, FieldKind
from qa_service.ledger.models import LedgerReply
from qa_service.vocabulary import AreaKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContent(ContentValues):
    """A unit's answer, and whether it may become a pair; ``REPLY_FIELDS`` describes each field.

    ``question`` is the standard question of the pair it may become. The answer cites its
    ``basis`` or gives the reason for having none in ``no_basis_reason``; ``expires_on`` is None
    for an answer valid until further notice (长期有效). A reply that is not public needs a reason.
    """

    area: AreaKey
    question: str
    answer: str
    phone_script: str
    basis: tuple[Basis, ...] = ()
    no_basis_reason: str = ""
    effective_from: date
    expires_on: date | None = None
    is_public: bool = True
    private_reason: str = ""

    def pair_content(self, *, unit: str, variants: tuple[str, ...] = ()) -> PairContent:
        """Return the content of the pair the reply may become, owned by the unit with this key."""
        shared = self.values(_SHARED_NAMES)
        return PairContent.of({**shared, "unit": unit, "variants": variants})

    def with_wording_of(self, pair: PairContent) -> Self:
        """Return the reply with the values of ``pair`` in the fields they share."""
        return self.with_values(pair.values(_SHARED_NAMES))

    def to_columns(self) -> dict[str, Any]:
        """Return the columns of ``LedgerReply``; a reason that does not apply is null."""
        kept = replace(
            self,
            no_basis_reason=self.no_basis_reason.strip(),
            private_reason="" if self.is_public else self.private_reason.strip(),
        )
        columns = kept.values(field.name for field in REPLY_FIELDS)
        return {name: None if value == "" else value for name, value in columns.items()}


def stored_content(reply: LedgerReply) -> ReplyContent:
    """Return the content that ``to_columns`` stored."""
    columns = {field.name: getattr(reply, field.name) for field in REPLY_FIELDS}
    reasons = {name: columns[name] or "" for name in ("no_basis_reason", "private_reason")}
    return ReplyContent.of({**columns, **reasons})


def _of_pair(name: str, description: str | None = None) -> ContentField:
    """Return the field ``name`` of a pair, described for callers that send a reply."""
    (field,) = (one for one in PAIR_FIELDS if one.name == name)
    return replace(field, description=description)


REPLY_FIELDS = (
    _of_pair("area"),
    _of_pair("question", "标准问题"),
    _of_pair("answer"),
    _of_pair("phone_script", f"电话口播，最多 {PHONE_SCRIPT_CHARACTERS} 个字"),
    _of_pair("basis", "政策依据"),
    ContentField(
        name="no_basis_reason",
        kind=FieldKind.PARAGRAPHS,
        label="无依据的理由",
        description="没有依据时必填",
    ),
    _of_pair("effective_from"),
    _of_pair("expires_on", "不填为长期有效"),
    ContentField(
        name="is_public",
        kind=FieldKind.FLAG,
        label="可否公开",
        required=True,
        description="可否公开（入库）",
    ),
    ContentField(
        name="private_reason",
        kind=FieldKind.PARAGRAPHS,
        label="不公开的理由",
        description="不公开时必填",
    ),
)
"""Every field of ``ReplyContent``, in the order of REST."""

_SHARED_NAMES = tuple(
    field.name for field in REPLY_FIELDS if field.name in PairContent.__dataclass_fields__
)
