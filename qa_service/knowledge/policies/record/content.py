"""The content of a policy document (政策文件) as plain values, and what they must be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.rules import ENDED
from qa_service.text.document_number import lacks_year, normal_document_number
from qa_service.text.normalise import is_meaningful
from qa_service.vocabulary import REASON_CHARACTERS, PublicKind, Validity

LINK_CHARACTERS = 500

_LINK = re.compile(r"https?://\S+$")
_LIMITS = {
    "key": ("标识", 128),
    "title": ("标题", 300),
    "document_number": ("文号", 128),
    "issuer": ("制定机关", 200),
    "replaced_by": ("替代文件", 128),
    "public_reason": ("公开属性的理由", REASON_CHARACTERS),
    "interpretation_title": ("解读标题", 300),
}
_OPTIONAL = {"replaced_by", "public_reason", "interpretation_title"}
_LINKS = {"link": "链接", "interpretation_link": "解读链接"}

UNCLEAR_YEAR = "文号看不出是哪一年，请把年份写全四位，如“民发〔2021〕57号”"


class InvalidPolicyError(InvalidInputError):
    """The document has invalid fields; ``problems`` names each of them."""

    code = "invalid_policy"
    title = "政策文件信息有误"


@dataclass(frozen=True, slots=True)
class PolicyContent:
    """The metadata of a document; ``key`` is its 文号 or an internal name.

    ``unit`` is the key of the owning unit; None keeps the stored one, and gives a new document
    to the unit of its author or else to the default unit. Only a document that is 主动公开 can
    be public. ``interpretation_title`` names what ``interpretation_link`` leads to (解读).
    """

    key: str
    title: str
    document_number: str
    issuer: str
    validity: Validity
    issued_on: date | None = None
    effective_from: date | None = None
    invalid_since: date | None = None
    replaced_by: str | None = None
    is_public: bool = True
    link: str | None = None
    unit: str | None = None
    public_kind: PublicKind = PublicKind.ACTIVE
    public_reason: str | None = None
    interpretation_title: str | None = None
    interpretation_link: str | None = None

    def normal(self) -> "PolicyContent":
        """Return the content as it is stored: the 文号 in its normal form.

        A document that is 主动公开 has no reason for not being so.
        """
        is_active = self.public_kind is PublicKind.ACTIVE
        return replace(
            self,
            key=normal_document_number(self.key),
            document_number=normal_document_number(self.document_number),
            is_public=self.is_public and is_active,
            public_reason=None if is_active else self.public_reason,
        )


def policy_problems(content: PolicyContent) -> tuple[FieldProblem, ...]:
    """Return the problems of ``content``, field by field."""
    return (*_text_problems(content), *_link_problems(content), *_standing_problems(content))


def _text_problems(content: PolicyContent) -> Iterator[FieldProblem]:
    for name, (label, limit) in _LIMITS.items():
        text = getattr(content, name) or ""
        if not text.strip() and name not in _OPTIONAL:
            yield FieldProblem(name, f"{label}不能为空")
        elif len(text) > limit:
            yield FieldProblem(name, f"{label}超过 {limit} 个字，请精简")
    if lacks_year(content.document_number):
        yield FieldProblem("document_number", UNCLEAR_YEAR)


def _link_problems(content: PolicyContent) -> Iterator[FieldProblem]:
    for name, label in _LINKS.items():
        link = getattr(content, name)
        if link and (len(link) > LINK_CHARACTERS or not _LINK.match(link)):
            message = f"{label}应以 http:// 或 https:// 开头，最多 {LINK_CHARACTERS} 个字"
            yield FieldProblem(name, message)
    if content.interpretation_title and not content.interpretation_link:
        yield FieldProblem("interpretation_link", "写了解读标题的，请填写解读的网址")


def _standing_problems(content: PolicyContent) -> Iterator[FieldProblem]:
    if content.validity not in ENDED and content.invalid_since:
        yield FieldProblem("invalid_since", "现行有效的文件不应有失效日期，请核对效力")
    is_open = content.public_kind is PublicKind.ACTIVE
    if not is_open and not is_meaningful(content.public_reason or ""):
        yield FieldProblem("public_reason", f"{content.public_kind}的文件，请写明理由")
    start, end = content.effective_from, content.invalid_since
    if start and end and end < start:
        yield FieldProblem("invalid_since", "失效日期早于施行日期")


def check_policy(content: PolicyContent) -> None:
    """Raise InvalidPolicyError, naming every fault, unless ``content`` can be stored."""
    problems = policy_problems(content)
    if problems:
        raise InvalidPolicyError("政策文件信息有误，请按提示修改", problems=problems)
