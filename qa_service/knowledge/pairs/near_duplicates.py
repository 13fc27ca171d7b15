"""Near-duplicate pairs found by the index, and the disagreements between their answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa_service.knowledge.pairs.content import PairContent
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.text.guards.compare import compare_guards, guards_of
from qa_service.text.normalise import normalise

NEAR_COSINE = 0.95
NEAR_DICE = 0.6
"""Least similarity, by either measure, of near-duplicates (character bigrams: Dice, 1945)."""

COMPARED = 6

_QUANTITY = re.compile(
    r"(\d+(?:\.\d+)?) ?(万元|元|%|周岁|岁|个工作日|工作日|个月|年|天|日|人|万|平方米|次|倍)"
)
_DATE = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?")


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A published pair with nearly the same question; ``differences`` are in guard words."""

    pair_id: int
    question: str
    cosine: float
    differences: tuple[str, ...]


def near_duplicates(
    engine: RetrievalEngine, question: str, *, besides: int | None = None
) -> list[NearDuplicate]:
    """Return the published pairs with nearly the same wording, the most similar first.

    Excludes the pair of id ``besides``.
    """
    found = []
    for one in engine.answer(question, everything, limit=COMPARED).ranked[:COMPARED]:
        described = one.described
        cosine = described.feature("cosine_question")
        is_near = cosine >= NEAR_COSINE or described.feature("bigram_dice") >= NEAR_DICE
        if one.pair_id == besides or described.feature("answer_only") or not is_near:
            continue
        guards = described.guards
        differences = (*guards.conflicts, *guards.unconfirmed)
        found.append(NearDuplicate(one.pair_id, described.matched_text, cosine, differences))
    return found


def disagreements(ours: PairContent, theirs: PairContent) -> tuple[str, ...]:
    """Return the points on which two answers to nearly the same question disagree, in Chinese.

    Empty when the questions differ in a guard word, since the answers may then differ too.
    """
    guards = compare_guards(guards_of(ours.question), guards_of(theirs.question))
    if guards.conflicts:
        return ()
    return tuple(_disagreements(ours, theirs))


def _disagreements(ours: PairContent, theirs: PairContent) -> Iterator[str]:
    """Yield the figures, dates and documents of which the two answers share none."""
    left, right = _quantities(ours.answer), _quantities(theirs.answer)
    for unit in left.keys() & right.keys():
        if not left[unit] & right[unit]:
            one, other = ("、".join(sorted(side[unit])) for side in (left, right))
            yield f"数字不同：{one} / {other}（{unit}）"
    days = [set(_DATE.findall(content.answer)) for content in (ours, theirs)]
    if all(days) and not days[0] & days[1]:
        yield f"日期不同：{'、'.join(sorted(days[0]))} / {'、'.join(sorted(days[1]))}"
    laws = [{cited.policy for cited in content.basis} for content in (ours, theirs)]
    if all(laws) and not laws[0] & laws[1]:
        yield f"依据不同：{'、'.join(sorted(laws[0]))} / {'、'.join(sorted(laws[1]))}"


def _quantities(text: str) -> dict[str, set[str]]:
    """Return the figures of a text by unit of measure, excluding dates."""
    found: dict[str, set[str]] = {}
    for number, unit in _QUANTITY.findall(_DATE.sub("", normalise(text))):
        found.setdefault(unit, set()).add(number)
    return found
