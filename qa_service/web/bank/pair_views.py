"""What pages show of pairs: rows of lists, and each field of a version against another."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from qa_service.knowledge.pairs.content import PairContent
from qa_service.knowledge.pairs.queries import PairView
from qa_service.web.kit.labels import Badge

_PIECES = re.compile(r"[A-Za-z0-9.%]+|\s|.", re.DOTALL)
_LINES = re.compile(r"[^。；！？\n]*[。；！？\n]?")

LONG = 1_000
"""From this many characters on, sentences are compared and not characters."""


@dataclass(frozen=True, slots=True)
class ReworkRow:
    """A withdrawn pair that needs a new answer."""

    task_id: int
    pair_id: int
    question: str
    reason: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A pair in review, as the list shows it."""

    pair_id: int
    question: str
    area: str
    submitted_by: str
    submitted_at: datetime
    waits_for: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as it is listed."""

    view: PairView
    status: Badge


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: the same on both sides, added, or gone."""

    text: str
    change: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of the newer content, with what changed in it."""

    label: str
    runs: tuple[Run, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the two sides differ."""
        return any(run.change != "same" for run in self.runs)


def compare(
    old: PairContent | None, new: PairContent, unit_names: dict[str, str]
) -> list[FieldDiff]:
    """Every field that says something on either side; all new where there is no old one."""
    before = dict(_fields(old, unit_names)) if old else {}
    found = []
    for label, text in _fields(new, unit_names):
        was = before.get(label, "") if old else text
        if text or was:
            found.append(FieldDiff(label, tuple(_runs(was, text))))
    return found


def _fields(content: PairContent, unit_names: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield "标准问题", content.question
    yield "相似问法", "\n".join(content.variants)
    yield "书面答复", content.answer
    yield "电话口播", content.phone_script
    cited = [f"{one.policy} {one.article or ''}".strip() for one in content.basis]
    yield "政策依据", "\n".join(cited)
    asked = [f"{one.question} 是：{one.if_yes} 否：{one.if_no}" for one in content.clarifying]
    yield "坐席追问", "\n".join(asked)
    yield "领域", content.area.value
    yield "承办单位", unit_names.get(content.unit, content.unit)
    yield "适用对象", content.audience
    yield "适用地区", content.region
    yield "关键词", "、".join(content.keywords)
    yield "生效日期", content.effective_from.isoformat()
    yield "失效日期", content.expires_on.isoformat() if content.expires_on else ""
    yield "复核日期", content.review_by.isoformat() if content.review_by else ""


def _runs(old: str, new: str) -> Iterator[Run]:
    pattern = _LINES if max(len(old), len(new)) > LONG else _PIECES
    left, right = _cut(pattern, old), _cut(pattern, new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, begin, end, start, stop in matcher.get_opcodes():
        if tag == "equal":
            yield Run("".join(right[start:stop]), "same")
            continue
        if end > begin:
            yield Run("".join(left[begin:end]), "gone")
        if stop > start:
            yield Run("".join(right[start:stop]), "added")


def _cut(pattern: re.Pattern[str], text: str) -> Sequence[str]:
    return [piece for piece in pattern.findall(text) if piece]
