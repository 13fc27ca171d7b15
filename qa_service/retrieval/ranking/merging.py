"""One ranking of several searches for one question: its clauses, or what it sounds like."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.retrieval.ranking.judging import Judgement
from qa_service.vocabulary import Verdict

PROBABLE = 0.7
"""Probability from which a clause asks for the pair that it leads to: a clause that leaves out
what it is about (要带啥) leads to pairs too, with less."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A candidate with the probability it had in its own search."""

    ranked: Ranked
    confidence: float


def found_by(asked: str, found: Judgement) -> Judgement:
    """Return the judgement on a clause or reading, with each candidate telling what found it."""
    return replace(found, ranked=tuple(replace(one, asked=asked) for one in found.ranked))


def with_clauses(whole: Judgement, clauses: Sequence[tuple[Judgement, bool]]) -> Judgement:
    """Return the candidates of a question and of its clauses, the first of each before others.

    Nothing is answered outright where a clause probably asks for another pair than the whole
    question leads to: the pair of one clause does not answer the others. Of a clause flagged as
    one ``apart`` it is enough that it does not lead to the same pair. Clauses that lead to another
    one less probably, or to none, are told as asked ``besides``.
    """
    others = [(one, is_apart) for one, is_apart in clauses if _first(one) != _first(whole)]
    is_divided = any(is_apart or _probably_matches(one) for one, is_apart in others)
    if not others or (whole.decision.verdict is Verdict.ANSWERED and not is_divided):
        besides = tuple(one.ranked[0].asked for one, _ in others if one.ranked)
        return replace(whole, is_divided=is_divided, besides=besides)
    found = [one for one, _ in clauses if one.decision.verdict is not Verdict.UNMATCHED]
    if whole.decision.verdict is Verdict.UNMATCHED and not found:
        return whole
    by_rank = _interleaved(found)
    own = _offers(whole)
    if whole.decision.verdict is Verdict.UNMATCHED:
        merged = _judgement([*by_rank, *own])
    else:
        first, rest = by_rank[: len(found)], by_rank[len(found) :]
        merged = _judgement([*own[:1], *first, *own[1:2], *rest, *own])
    return replace(merged, is_divided=is_divided)


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
        offers = [*_offers(reading), *_offers(whole)]
    else:
        offers = _interleaved([first, second])
    return replace(_judgement(offers), is_divided=whole.is_divided)


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


def _probably_matches(found: Judgement) -> bool:
    """Return whether a clause probably asks for the pair that it leads to."""
    return _first(found) is not None and _confidence(found) >= PROBABLE


def _confidence(found: Judgement) -> float:
    """Return the probability of the first candidate of a search."""
    return found.decision.confidences[0] if found.decision.confidences else 0.0
