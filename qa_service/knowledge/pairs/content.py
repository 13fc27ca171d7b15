"""What a pair says, as plain values, and the rules a pair must keep to be stored."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.text.normalise import display_clean, is_meaningful, normalise
from qa_service.text.privacy.masking import PersonalDataKind, mask_personal_data
from qa_service.vocabulary import PolicyArea

QUESTION_CHARACTERS = 128
ANSWER_CHARACTERS = 10_000
PHONE_SCRIPT_CHARACTERS = 80
VARIANT_COUNT = 100
KEYWORD_CHARACTERS = 20
KEYWORD_COUNT = 50
ARTICLE_CHARACTERS = 100
AUDIENCE_CHARACTERS = 100
CLARIFYING_CHARACTERS = 200
CLARIFYING_COUNT = 5
BASIS_COUNT = 50

_PERSONAL = frozenset(
    {PersonalDataKind.RESIDENT_ID, PersonalDataKind.BANK_CARD, PersonalDataKind.MOBILE}
)
"""An office's own landline, address and mailbox belong in an answer; these never do."""

# Each of those has eleven digits or more in a row; looking for that is 20 times cheaper.
_MANY_DIGITS = re.compile(r"(?:[\d幺零〇一二三四五六七八九][\W_]{0,3}){10}")
_BLANK_LINES = re.compile(r"\n{3,}")


class InvalidPairError(InvalidInputError):
    """A pair breaks the rules; ``problems`` names each field."""

    code = "invalid_pair"
    title = "问答内容有误"


@dataclass(frozen=True, slots=True)
class Basis:
    """A citation: the policy document's key and the article (条款) of it."""

    policy: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Clarifying:
    """A yes-or-no question the operator reads out (追问), and what each answer means."""

    question: str
    if_yes: str
    if_no: str


@dataclass(frozen=True, slots=True)
class PairContent:
    """Everything an author writes about a pair.

    ``audience`` (适用对象) and ``region`` (适用地区) are empty where everybody is meant.
    """

    area: PolicyArea
    unit: str
    question: str
    variants: tuple[str, ...]
    answer: str
    phone_script: str
    effective_from: date
    expires_on: date | None = None
    keywords: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()
    audience: str = ""
    region: str = ""
    clarifying: tuple[Clarifying, ...] = ()
    review_by: date | None = None

    def displayed_content_hash(self) -> str:
        """SHA-256 of what an asker is told: the answer, how it is read out, its basis."""
        held = asdict(self)
        told = ("question", "answer", "phone_script", "basis", "audience", "region", "clarifying")
        return _digest({name: held[name] for name in told})

    def review_hash(self) -> str:
        """SHA-256 of everything, as reviewers sign it."""
        return _digest(asdict(self))


def _digest(held: Mapping[str, object]) -> str:
    plain = json.dumps(held, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def question_key(question: str) -> str:
    """The identity of a question whatever its spacing, width or script; 64 hex digits."""
    return hashlib.sha256(normalise(question).rstrip("?").encode()).hexdigest()


def clean_content(content: PairContent) -> PairContent:
    """``content`` as it is stored: invisible characters, stray spaces and repeats gone.

    Only the answer keeps its line breaks. Idempotent.
    """
    return replace(
        content,
        question=display_clean(content.question),
        variants=_clean_items(content.variants),
        answer=_clean_paragraphs(content.answer),
        phone_script=display_clean(content.phone_script),
        keywords=_clean_items(content.keywords),
        basis=tuple(dict.fromkeys(_clean_basis(cited) for cited in content.basis)),
        audience=display_clean(content.audience),
        region=display_clean(content.region),
        clarifying=tuple(dict.fromkeys(_clean_clarifying(asked) for asked in content.clarifying)),
    )


def check_content(content: PairContent) -> None:
    """Raise InvalidPairError, naming every faulty field, unless ``content`` can be stored."""
    problems = content_problems(content)
    if problems:
        raise InvalidPairError("问答内容有误，请按提示修改", problems=problems)


def content_problems(content: PairContent) -> tuple[FieldProblem, ...]:
    """What stands against storing the cleaned ``content``, field by field."""
    return tuple(_problems(content))


def personal_problems_of(content: PairContent) -> Iterator[FieldProblem]:
    """What a pair may not hold, in work or published: numbers of a person."""
    asked = (text for one in content.clarifying for text in (one.question, one.if_yes, one.if_no))
    return personal_problems(
        {
            "question": content.question,
            "variants": "\n".join(content.variants),
            "answer": content.answer,
            "phone_script": content.phone_script,
            "keywords": "\n".join(content.keywords),
            "clarifying": "\n".join(asked),
        }
    )


def personal_problems(texts: Mapping[str, str]) -> Iterator[FieldProblem]:
    """What nobody's answer may hold, by the name of its field: numbers of a person."""
    for field, text in texts.items():
        if not _MANY_DIGITS.search(text):
            continue
        for kind in mask_personal_data(text).found:
            if kind in _PERSONAL:
                yield FieldProblem(field, f"含有{kind.label}，请删去个人信息")


def _clean_items(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(display_clean, items))))


def _clean_paragraphs(text: str) -> str:
    lines = "\n".join(display_clean(line) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")


def _clean_basis(cited: Basis) -> Basis:
    return Basis(display_clean(cited.policy), display_clean(cited.article or "") or None)


def _clean_clarifying(asked: Clarifying) -> Clarifying:
    return Clarifying(*map(display_clean, (asked.question, asked.if_yes, asked.if_no)))


def _problems(content: PairContent) -> Iterator[FieldProblem]:
    yield from _text_problems("question", content.question, QUESTION_CHARACTERS)
    yield from _text_problems("answer", content.answer, ANSWER_CHARACTERS)
    yield from _text_problems("phone_script", content.phone_script, PHONE_SCRIPT_CHARACTERS)
    for variant in content.variants:
        yield from _text_problems("variants", variant, QUESTION_CHARACTERS)
    yield from _count_problems("variants", content.variants, VARIANT_COUNT)
    for keyword in content.keywords:
        yield from _length_problems("keywords", keyword, KEYWORD_CHARACTERS)
    yield from _count_problems("keywords", content.keywords, KEYWORD_COUNT)
    for cited in content.basis:
        yield from _length_problems("basis", cited.article or "", ARTICLE_CHARACTERS)
    yield from _count_problems("basis", content.basis, BASIS_COUNT)
    yield from _length_problems("audience", content.audience, AUDIENCE_CHARACTERS)
    yield from _length_problems("region", content.region, AUDIENCE_CHARACTERS)
    for asked in content.clarifying:
        for text in (asked.question, asked.if_yes, asked.if_no):
            yield from _text_problems("clarifying", text, CLARIFYING_CHARACTERS)
    yield from _count_problems("clarifying", content.clarifying, CLARIFYING_COUNT)
    yield from personal_problems_of(content)
    if content.expires_on and content.expires_on < content.effective_from:
        yield FieldProblem("expires_on", "失效日期早于生效日期")


def _text_problems(field: str, text: str, limit: int) -> Iterator[FieldProblem]:
    if not is_meaningful(text):
        yield FieldProblem(field, "不能为空，请填写文字内容")
    yield from _length_problems(field, text, limit)


def _length_problems(field: str, text: str, limit: int) -> Iterator[FieldProblem]:
    if len(text) > limit:
        yield FieldProblem(field, f"超过 {limit} 个字（现有 {len(text)} 个字），请精简")


def _count_problems(field: str, items: Sequence[object], limit: int) -> Iterator[FieldProblem]:
    if len(items) > limit:
        yield FieldProblem(field, f"最多 {limit} 条（现有 {len(items)} 条），请精简")
