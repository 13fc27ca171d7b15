"""Near-duplicate pairs found by the index."""

from collections.abc import Iterable
from dataclasses import dataclass

from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.text.normalise import normalise

NEAR_COSINE = 0.95
NEAR_DICE = 0.6
"""Least similarity, by either measure, of near-duplicates (character bigrams: Dice, 1945)."""

COMPARED = 6
CLOSE_COSINE = 0.97
CLOSE_DICE = 0.75
"""Least similarity, by either measure, of wordings that leave no doubt about what is asked."""

SEARCHED_WORDINGS = 12
"""Wordings of one pair that are searched for, about 20 ms each."""


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A published pair with nearly the same wording as ``asked``; ``question`` is its wording.

    ``differences`` are in guard words; ``is_close``: the wordings hardly differ at all.
    """

    pair_id: int
    asked: str
    question: str
    cosine: float
    differences: tuple[str, ...]
    is_close: bool

    @property
    def only_adds_words(self) -> bool:
        """Return whether one wording is the other with words added: 多少天, 一共有多少天."""
        shorter, longer = sorted(map(_plain, (self.asked, self.question)), key=len)
        signs = iter(longer)
        return all(sign in signs for sign in shorter)


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
        dice = described.feature("bigram_dice")
        is_near = cosine >= NEAR_COSINE or dice >= NEAR_DICE
        if one.pair_id == besides or described.feature("answer_only") or not is_near:
            continue
        differences = (*described.guards.conflicts, *described.guards.unconfirmed)
        is_close = cosine >= CLOSE_COSINE or dice >= CLOSE_DICE
        text = described.matched_text
        found.append(NearDuplicate(one.pair_id, question, text, cosine, differences, is_close))
    return found


def nearest_by_pair(
    engine: RetrievalEngine, wordings: Iterable[str], *, besides: int | None = None
) -> dict[int, NearDuplicate]:
    """Return the near-duplicates of several wordings by pair, each by its nearest wording.

    A wording without differences in guard words goes before one that is more similar.
    """
    best: dict[int, NearDuplicate] = {}
    for wording in list(wordings)[:SEARCHED_WORDINGS]:
        for one in near_duplicates(engine, wording, besides=besides):
            held = best.get(one.pair_id)
            if held is None or _closeness(one) > _closeness(held):
                best[one.pair_id] = one
    return best


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, normalise(text)))


def _closeness(found: NearDuplicate) -> tuple[bool, bool, float]:
    return not found.differences, found.is_close, found.cosine
