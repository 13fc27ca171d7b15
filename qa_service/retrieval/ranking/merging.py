"""One ranking of several searches for one question: its clauses, or what it sounds like."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.retrieval.ranking.judging import Judgement
from qa_service.vocabulary import Verdict

PROBABLE = 0.5
"""Probability from which a clause of a letter asks for the pair that it leads to."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A candidate with the probability it had in its own search."""

    ranked: Ranked
    confidence: float


def found_by(asked: str, found: Judgement) -> Judgement:
    """Return the judgement on a clause or reading, with each candidate telling what found it."""
    return replace(found, ranked=tuple(replace(one, asked=asked) for one in found.ranked))


def with_clauses(
    whole: Judgement, clauses: Sequence[Judgement], *, is_letter: bool = False
) -> Judgement:
    """Return the candidates of a question and of its clauses, the first of each before others.

    Nothing is answered outright, since the pair of one clause does not answer the others, unless
    every clause leads to the pair that the whole question leads to. The clauses of a letter ask in
    rhetoric too (还管不管): it keeps its answer unless one probably asks for another pair.
    """
    if not clauses or {_first(found) for found in clauses} == {_first(whole)}:
        return whole
    if is_letter and whole.decision.verdict is Verdict.ANSWERED:
        others = (one for one in clauses if _first(one) not in (None, _first(whole)))
        if all(_confidence(one) < PROBABLE for one in others):
            return whole
    found = [one for one in clauses if one.decision.verdict is not Verdict.UNMATCHED]
    if whole.decision.verdict is Verdict.UNMATCHED and not found:
        return whole
    by_rank = _interleaved(found)
    own = _offers(whole)
    if whole.decision.verdict is Verdict.UNMATCHED:
        return _judgement([*by_rank, *own])
    return _judgement([*own[:1], *by_rank[: len(found)], *own[1:2], *by_rank[len(found) :], *own])


def with_reading(whole: Judgement, reading: Judgement) -> Judgement:
    """Return the candidates of a question and of what it sounds like, the likelier search first.

    A reading only proposes: what was not answered outright without it is at most to be chosen.
    """
    if reading.decision.verdict is Verdict.UNMATCHED:
        return whole
    # What differs from the question as asked is told, not what differs from its reading.
    own = {one.pair_id: one for one in whole.ranked}
    told = tuple(own.get(one.pair_id, one) for one in reading.ranked)
    reading = replace(reading, ranked=told)
    first, second = sorted([whole, reading], key=_confidence, reverse=True)
    if whole.decision.verdict is Verdict.UNMATCHED:
        return _judgement([*_offers(reading), *_offers(whole)])
    return _judgement(_interleaved([first, second]))


def _interleaved(searches: Sequence[Judgement]) -> list[_Offer]:
    """Return the candidates of several searches, all first ones, all second ones, and so on."""
    columns = [_offers(one) for one in searches]
    longest = max((len(column) for column in columns), default=0)
    return [column[at] for at in range(longest) for column in columns if at < len(column)]


def _judgement(offers: Iterable[_Offer]) -> Judgement:
    """Return the judgement to choose from ``offers``, each pair where it comes first."""
    kept: dict[int, _Offer] = {}
    for offer in offers:
        kept.setdefault(offer.ranked.pair_id, offer)
    ranked = tuple(offer.ranked for offer in kept.values())
    confidences = tuple(offer.confidence for offer in kept.values())
    return Judgement(ranked, Decision(Verdict.CHOOSE, confidences))


def _offers(found: Judgement) -> list[_Offer]:
    """Return the candidates of one search."""
    both = zip(found.ranked, found.decision.confidences, strict=False)
    return [_Offer(ranked, confidence) for ranked, confidence in both]


def _first(found: Judgement) -> int | None:
    """Return the id of the first candidate of a search that matched anything, else None."""
    if found.decision.verdict is Verdict.UNMATCHED or not found.ranked:
        return None
    return found.ranked[0].pair_id


def _confidence(found: Judgement) -> float:
    """Return the probability of the first candidate of a search."""
    return found.decision.confidences[0] if found.decision.confidences else 0.0
