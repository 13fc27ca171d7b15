"""One ranking of several searches for one question: its clauses, or what it sounds like."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.retrieval.ranking.judging import Judgement
from qa_service.text.clauses import Clause
from qa_service.text.question_words import names_no_matter
from qa_service.vocabulary import Verdict

PROBABLE = 0.7
"""Probability from which a clause asks for the pair that it leads to."""

NEAR = 4
"""Number of candidates of a question among which are those that its clauses ask for, where they
take what they are about from it: a clause alone that leaves it out (要带啥) leads to any pair."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A candidate with the probability it had in its own search."""

    ranked: Ranked
    confidence: float


def found_by(asked: str, found: Judgement) -> Judgement:
    """Return the judgement on a clause or reading, with each candidate telling what found it."""
    return replace(found, ranked=tuple(replace(one, asked=asked) for one in found.ranked))


def with_clauses(
    whole: Judgement, clauses: Sequence[tuple[Judgement, Clause]], *, in_letter: bool
) -> Judgement:
    """Return the candidates of a question and of its clauses, the first of each before others.

    Nothing is answered outright where a clause asks for another pair than the whole question
    leads to (``_asks_for_another``): the pair of one clause does not answer the others. Clauses
    that lead to another one, or to none, without asking for it are told as asked ``besides``.
    """
    others = [(one, clause) for one, clause in clauses if _first(one) != _first(whole)]
    is_divided = any(_asks_for_another(*other, whole, in_letter=in_letter) for other in others)
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


def _asks_for_another(
    found: Judgement, clause: Clause, whole: Judgement, *, in_letter: bool
) -> bool:
    """Return whether a clause asks for another pair than the whole question leads to.

    It does where it is set apart, or leads to one probably: of what a letter tells (来信) a
    connector sets apart much that asks for nothing. It does not where it is read as asking for
    the pair of the whole, nor where it names no matter (要带什么) and the whole question is not
    near to what it leads to.
    """
    if _is_read_beside(whole, found):
        return False
    if found.decision.verdict is Verdict.ANSWERED or (clause.is_apart and not in_letter):
        return True
    is_probable = _first(found) is not None and _confidence(found) >= PROBABLE
    return is_probable and (_is_near(whole, found) or not names_no_matter(clause.text))


def _is_read_beside(whole: Judgement, found: Judgement) -> bool:
    """Return whether the re-ranker reads a clause as asking for the first pair of the whole."""
    first = _first(whole)
    return any(one.pair_id == first and (one.score or 0) > 0 for one in found.ranked)


def _is_near(whole: Judgement, found: Judgement) -> bool:
    """Return whether the pair that a clause leads to is among the first ones of the whole."""
    return _first(found) in {one.pair_id for one in whole.ranked[:NEAR]}


def _confidence(found: Judgement) -> float:
    """Return the probability of the first candidate of a search."""
    return found.decision.confidences[0] if found.decision.confidences else 0.0
