"""The pairs found for a question, made into candidates with what speaks against each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa_service.consultation.search.candidates import Candidate, Why
from qa_service.knowledge.pairs.overlap.contradictions import CONTESTED
from qa_service.knowledge.pairs.queries import PairView
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.decision import Ranked

UNFILLED = "本地内容尚未填写（{blanks}），不能直接告知"
"""Remark on an answer with blanks."""

FOUND_BY = "按“{asked}”查到"
"""Remark on a candidate for one clause of the question, or for what it sounds like."""

BESIDES = "另问“{asked}”，答案中没有的请另查"
"""Remark on an outright answer to a question with a clause that leads elsewhere, or nowhere."""

LIKELY_OWNER = 0.7
"""Least probability at which the nearest pair decides the unit of an unanswered question."""


@dataclass(slots=True)
class FoundPairs:
    """The pairs proposed for one question that may be ``shown``; ``contested``: see there.

    ``views`` holds at least those that come first.
    """

    shown: frozenset[int] = frozenset()
    views: dict[int, PairView] = field(default_factory=dict)
    contested: frozenset[int] = frozenset()

    def aspects(self, pair_ids: Sequence[int]) -> dict[int, str]:
        """Return the aspect (问点) of each pair that states one."""
        stated = {pair_id: self.views[pair_id].content.aspect for pair_id in pair_ids}
        return {pair_id: aspect.value for pair_id, aspect in stated.items() if aspect}


def nearest_unit(answer: Answer, views: Mapping[int, PairView]) -> str | None:
    """Return the key of the unit that owns the nearest pair, None for an unlikely one.

    A pair is unlikely below ``LIKELY_OWNER``, or when its guard words conflict.
    """
    if not answer.ranked or answer.confidence < LIKELY_OWNER:
        return None
    if answer.ranked[0].described.guards.conflicts:
        return None
    return views[answer.ranked[0].pair_id].content.unit


def candidates_of(answer: Answer, found: FoundPairs, limit: int) -> tuple[Candidate, ...]:
    """Return the first ``limit`` candidates with their contents."""
    return tuple(
        _candidate(
            ranked,
            found.views[ranked.pair_id],
            confidence,
            notes=(
                *_notes(found.views[ranked.pair_id], ranked, found.contested),
                *(BESIDES.format(asked=asked) for asked in answer.besides if not at),
            ),
        )
        for at, (ranked, confidence) in enumerate(
            zip(answer.ranked[:limit], answer.decision.confidences, strict=False)
        )
    )


def _notes(view: PairView, ranked: Ranked, contested: frozenset[int]) -> tuple[str, ...]:
    """Return why the answer is not to be told as it stands, or not as the whole answer."""
    blanks = view.content.blanks
    return (
        *((FOUND_BY.format(asked=ranked.asked),) if ranked.asked else ()),
        *((CONTESTED,) if ranked.pair_id in contested else ()),
        *((UNFILLED.format(blanks="、".join(blanks)),) if blanks else ()),
    )


def _candidate(
    ranked: Ranked, view: PairView, confidence: float, *, notes: tuple[str, ...]
) -> Candidate:
    """Return one candidate with its content and match signals; ``notes`` precede differences."""
    described = ranked.described
    why = Why(
        matched_kind=described.matched_kind,
        matched_words=described.matched_words,
        cosine=round(described.feature("cosine_question"), 4) or None,
        lexical=round(described.feature("bm25_question"), 4),
        differences=(*notes, *described.guards.conflicts, *described.guards.unconfirmed),
        warnings=(*notes, *described.guards.warnings),
    )
    return Candidate(
        qa_id=view.pair_id,
        key=view.key,
        version=view.version,
        area=view.content.area,
        unit_name=view.unit_name,
        content=view.content.displayed(),
        basis=view.citations,
        unsigned=view.unsigned,
        matched_text=described.matched_text,
        confidence=round(confidence, 4),
        why=why,
    )
