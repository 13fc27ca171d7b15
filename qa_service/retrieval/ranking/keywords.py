"""Keywords: the pairs that contain one are listed by the aspects they ask about."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.decision import Decision, Ranked, is_asked_word_for_word
from qa_service.retrieval.ranking.judging import Judgement, compared
from qa_service.vocabulary import Verdict

COVERED = 0.99
"""Least share of the words asked that a pair which contains a keyword holds."""

Aspects = Callable[[Sequence[int]], Mapping[int, str]]
"""Callback that returns the aspect (问点) of each pair that states one."""


def no_aspects(_pair_ids: Sequence[int]) -> Mapping[int, str]:
    """Return no aspect: the ``Aspects`` of a bank that states none."""
    return {}


def listed(
    question: AnalysedQuestion,
    found: Judgement,
    aspects: Aspects,
    *,
    shown: int,
    this_year: int | None,
    rules_of: int | None,
) -> Judgement:
    """Return the candidates of a keyword, to be chosen from unless it is a stored wording.

    Pairs that contain every word asked come before the others. For a single word they are spread
    over the aspects they ask about: one of each before the second of any.
    """
    is_told = found.decision.verdict is Verdict.ANSWERED
    if not found.ranked or (is_told and is_asked_word_for_word(found.ranked)):
        return found
    confidences = _by_id(found)
    holding = [one for one in found.ranked if one.described.feature("pair_covered") >= COVERED]
    if len(question.terms) == 1 or _is_held_whole(question, holding):
        holding = _spread(holding, aspects([one.pair_id for one in holding]))
    ids = {one.pair_id for one in holding}
    ordered = [*holding, *(one for one in found.ranked if one.pair_id not in ids)]
    first = (compared(question, one, this_year, rules_of) for one in ordered[:shown])
    ranked = (*first, *ordered[shown:])
    # A pair that an aspect puts after a less probable one is shown with that one's share.
    shares = accumulate((confidences[one.pair_id] for one in ranked), min)
    return Judgement(ranked, Decision(Verdict.CHOOSE, tuple(shares)))


def _is_held_whole(question: AnalysedQuestion, holding: Sequence[Ranked]) -> bool:
    """Return whether several pairs are about a keyword that is one word to its reader."""
    is_one_word = " " not in question.text.strip()
    return is_one_word and len(holding) > 1


def _spread(found: Sequence[Ranked], aspects: Mapping[int, str]) -> list[Ranked]:
    """Return the candidates by turns of their aspects, in their order within each."""
    turns: dict[str, int] = {}
    places = []
    for one in found:
        aspect = aspects.get(one.pair_id, "")
        turns[aspect] = turns.get(aspect, 0) + 1
        places.append(turns[aspect])
    order = sorted(range(len(found)), key=lambda at: (places[at], at))
    return [found[at] for at in order]


def _by_id(found: Judgement) -> dict[int, float]:
    """Return the probability of each candidate by pair id."""
    both = zip(found.ranked, found.decision.confidences, strict=True)
    return {one.pair_id: confidence for one, confidence in both}
