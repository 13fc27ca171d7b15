"""A pair's content as plain values, and the table that describes each of its fields."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache

from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.record.blanks import local_blanks
from qa_service.knowledge.pairs.record.fields import (
    ContentField,
    ContentValues,
    FieldKind,
    texts_of,
)
from qa_service.text.normalise import normalise
from qa_service.vocabulary import AreaKey, Aspect

QUESTION_CHARACTERS = 128
ANSWER_CHARACTERS = 10_000
PHONE_SCRIPT_CHARACTERS = 80
VARIANT_COUNT = 100
KEYWORD_CHARACTERS = 20
KEYWORD_COUNT = 50
ARTICLE_CHARACTERS = 100
AUDIENCE_CHARACTERS = 100
CLARIFYING_CHARACTERS = 200
LIMITED_CHARACTERS = 200
CLARIFYING_COUNT = 5
BASIS_COUNT = 50
EXPECTED_COUNT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayedContent(ContentValues):
    """The part of a pair's content that an operator sees with a search result.

    ``audience`` (适用对象) and ``region`` (适用地区) are empty when unrestricted. A
    ``limited_reason`` makes it an answer for its audience alone (仅涉特定对象): it is told to
    those who ask for that audience, and never shown to the public.
    """

    question: str
    answer: str
    phone_script: str
    audience: str = ""
    region: str = ""
    clarifying: tuple[Clarifying, ...] = ()
    limited_reason: str = ""

    @property
    def is_limited(self) -> bool:
        """Return whether the answer is for its audience alone (仅涉特定对象)."""
        return self.limited_reason != ""

    @property
    def blanks(self) -> tuple[str, ...]:
        """Return what the district has still to fill in; such an answer is not told outright."""
        return blanks_in(self.answer, self.phone_script, self.clarifying)


def blanks_in(
    answer: str, phone_script: str, clarifying: tuple[Clarifying, ...]
) -> tuple[str, ...]:
    """Return what of an answer, its script and its slot questions the district has to fill in."""
    written = (answer, phone_script, *texts_of(clarifying))
    return tuple(dict.fromkeys(blank for text in written for blank in local_blanks(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairContent(DisplayedContent):
    """The full content an author writes for a pair; ``PAIR_FIELDS`` describes each field.

    ``expected_questions`` (应命中的问题) are asked in the hit test, and never indexed: they tell
    whether the wordings find the pair.
    """

    area: AreaKey
    unit: str
    variants: tuple[str, ...]
    effective_from: date
    expires_on: date | None = None
    keywords: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()
    review_by: date | None = None
    aspect: Aspect | None = None
    expected_questions: tuple[str, ...] = ()

    def displayed(self) -> DisplayedContent:
        """Return the part that is displayed with a search result."""
        return DisplayedContent.of(self.values(field.name for field in DISPLAYED_FIELDS))

    def displayed_content_hash(self) -> str:
        """Return the SHA-256, in hex, of the displayed content: displayed fields and basis.

        Whether a citation was verified makes no other answer.
        """
        told = replace(self, basis=tuple(replace(one, verified=True) for one in self.basis))
        return told._hash(field for field in PAIR_FIELDS if field.name in _ANSWERING)

    def review_hash(self) -> str:
        """Return the SHA-256, in hex, of the full content that reviewers sign."""
        return self._hash(PAIR_FIELDS)

    def _hash(self, fields: Iterable[ContentField]) -> str:
        """Return the SHA-256 of ``fields`` as JSON, omitting empty fields of later releases."""
        held = asdict(self) | {"basis": [one.dump() for one in self.basis]}
        hashed = {
            field.name: held[field.name]
            for field in fields
            if field.required or field.hashed_when_empty or held[field.name] not in ("", (), None)
        }
        plain = json.dumps(hashed, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(plain.encode()).hexdigest()


PAIR_FIELDS = (
    ContentField(
        name="area",
        kind=FieldKind.AREA,
        label="领域",
        guide="必填。从下拉列表中选；也可写成“领域/事项”，事项须在入库情况的清单中。",
        width=10,
        required=True,
        diff_order=70,
        name_on_wire="field",
    ),
    ContentField(
        name="unit",
        kind=FieldKind.UNIT,
        label="承办单位",
        guide="必填。承办单位，从下拉列表中选。",
        width=20,
        required=True,
        diff_order=80,
        description="承办单位的 key",
    ),
    ContentField(
        name="question",
        kind=FieldKind.LINE,
        label="标准问题",
        guide=f"必填。不超过 {QUESTION_CHARACTERS} 个字，库中不得重复。",
        width=36,
        required=True,
        limit=QUESTION_CHARACTERS,
        diff_order=10,
        description=f"标准问题，最多 {QUESTION_CHARACTERS} 个字",
    ),
    ContentField(
        name="variants",
        kind=FieldKind.LINES,
        label="相似问",
        guide="选填。群众的其他问法，单元格内一行一条，或用 | 分开。",
        width=40,
        limit=QUESTION_CHARACTERS,
        count=VARIANT_COUNT,
        diff_order=20,
        description="相似问",
        hashed_when_empty=True,
        label_on_pages="相似问法",
    ),
    ContentField(
        name="answer",
        kind=FieldKind.PARAGRAPHS,
        label="答案",
        guide="必填。书面答复，可以换行。",
        width=60,
        required=True,
        limit=ANSWER_CHARACTERS,
        diff_order=30,
        description=f"书面答复，最多 {ANSWER_CHARACTERS} 个字",
        label_on_pages="书面答复",
    ),
    ContentField(
        name="phone_script",
        kind=FieldKind.LINE,
        label="口播稿",
        guide=f"必填。电话口播，不超过 {PHONE_SCRIPT_CHARACTERS} 个字。",
        width=40,
        required=True,
        limit=PHONE_SCRIPT_CHARACTERS,
        diff_order=40,
        description=f"口播，最多 {PHONE_SCRIPT_CHARACTERS} 个字",
        label_on_pages="电话口播",
    ),
    ContentField(
        name="effective_from",
        kind=FieldKind.DAY,
        label="生效日期",
        guide="必填。日期，如 2026-01-31。",
        width=12,
        required=True,
        diff_order=120,
    ),
    ContentField(
        name="expires_on",
        kind=FieldKind.DAY,
        label="失效日期",
        guide="选填。有效的最后一天。",
        width=12,
        diff_order=130,
        hashed_when_empty=True,
    ),
    ContentField(
        name="keywords",
        kind=FieldKind.WORDS,
        label="关键词",
        guide=f"选填。用顿号分开，每个不超过 {KEYWORD_CHARACTERS} 个字。",
        width=20,
        limit=KEYWORD_CHARACTERS,
        count=KEYWORD_COUNT,
        diff_order=110,
        hashed_when_empty=True,
    ),
    ContentField(
        name="basis",
        kind=FieldKind.CITATIONS,
        label="政策依据",
        guide="发布前必须有。文号或标识，可加“#条款”，一行一条；文件须先录入政策库。",
        width=30,
        limit=ARTICLE_CHARACTERS,
        count=BASIS_COUNT,
        diff_order=50,
        description="政策依据；发布前必须至少一项",
        hashed_when_empty=True,
    ),
    ContentField(
        name="audience",
        kind=FieldKind.LINE,
        label="适用对象",
        guide="选填。适用对象；空为所有人。",
        width=20,
        limit=AUDIENCE_CHARACTERS,
        diff_order=90,
        description="适用对象；空为所有人",
        hashed_when_empty=True,
    ),
    ContentField(
        name="region",
        kind=FieldKind.LINE,
        label="适用地区",
        guide="选填。适用地区；空为全区。",
        width=20,
        limit=AUDIENCE_CHARACTERS,
        diff_order=100,
        description="适用地区；空为全区",
        hashed_when_empty=True,
    ),
    ContentField(
        name="limited_reason",
        kind=FieldKind.LINE,
        label="仅对适用对象公开的理由",
        guide="选填。答复仅涉特定对象、不向社会公开的，写明理由，并须填写适用对象；空为向社会公开。",
        width=24,
        limit=LIMITED_CHARACTERS,
        diff_order=95,
        description="仅涉特定对象的理由；须同时有适用对象；空为向社会公开",
    ),
    ContentField(
        name="clarifying",
        kind=FieldKind.CLARIFYING,
        label="追问",
        guide="选填。坐席追问，写成“问题#答是时#答否时”，一行一条。",
        width=40,
        limit=CLARIFYING_CHARACTERS,
        count=CLARIFYING_COUNT,
        diff_order=60,
        description="坐席追问（是/否）",
        hashed_when_empty=True,
        label_on_pages="坐席追问",
    ),
    ContentField(
        name="review_by",
        kind=FieldKind.DAY,
        label="复核日期",
        guide="选填。到期应复核的日期。",
        width=12,
        diff_order=140,
        description="复核日期",
        hashed_when_empty=True,
    ),
    ContentField(
        name="aspect",
        kind=FieldKind.ASPECT,
        label="问点",
        guide=f"选填。标准问题问的是哪一点：{'、'.join(aspect.label for aspect in Aspect)}。",
        width=10,
        diff_order=75,
        description="问点：标准问题问的是哪一点",
    ),
    ContentField(
        name="expected_questions",
        kind=FieldKind.LINES,
        label="应命中的问题",
        guide="选填。命中测试时逐条提问、应由本条作答的问题，一行一条；不作检索用。",
        width=40,
        limit=QUESTION_CHARACTERS,
        count=EXPECTED_COUNT,
        diff_order=150,
        description="命中测试时应由本条作答的问题；不作检索用",
    ),
)
"""Every field of ``PairContent``, in the order of files and REST."""

DISPLAYED_FIELDS = tuple(
    field for field in PAIR_FIELDS if field.name in DisplayedContent.__dataclass_fields__
)
"""The fields of ``DisplayedContent``."""

CACHED_WORDINGS = 8_192

# A sign between digits belongs to the number: 1.5, 2025-01, 12:30.
_SIGNS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
_FINAL_PARTICLE = re.compile(r"(?<=.)[吗呢啊呀吧么]+$")

_ANSWERING = {"basis", *(field.name for field in DISPLAYED_FIELDS)}


def question_key(question: str) -> str:
    """Return 64 hex digits that identify a question whatever its spacing, width or script."""
    return hashlib.sha256(normalise(question).rstrip("?").encode()).hexdigest()


@lru_cache(maxsize=CACHED_WORDINGS)
def wording_key(text: str) -> str:
    """Return 64 hex digits, equal for two wordings (问法) that a reader takes for the same.

    Beside what ``question_key`` ignores, punctuation and a final particle (吗, 呢) are ignored.
    Cached, as the wordings of one pair are compared with those of many.
    """
    normalised = normalise(text)
    plain = _FINAL_PARTICLE.sub("", _SIGNS.sub("", normalised)) or normalised
    return hashlib.sha256(plain.encode()).hexdigest()
