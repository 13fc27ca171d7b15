"""Whether an answer that was shown may still be told: as it stands today, and filled in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from qa_service.consultation.search.candidates import Candidate
from qa_service.errors import ConflictError
from qa_service.knowledge.pairs.availability import PairAvailability, availability_of
from qa_service.knowledge.pairs.in_force import views_in_force
from qa_service.knowledge.pairs.queries import PairView, view_pairs

OUTDATED = "此后已更正、撤回或停止告知，请重新提问"
"""Remark on an answer that is no longer told as it was shown."""


class AnswerOutdatedError(ConflictError):
    """The answer was corrected, withdrawn or suspended, or has expired, since it was shown."""

    code = "answer_outdated"
    title = "答复已变更"


class AnswerUnfilledError(ConflictError):
    """The answer has blanks that the district must fill in first (【本地：…】)."""

    code = "answer_unfilled"
    title = "本地内容尚未填写"


def outdated_ids(
    session: Session, candidates: Sequence[Candidate], *, day: date, as_of: date | None = None
) -> frozenset[int]:
    """Return the ids of the pairs that are on ``day`` not told in the version that was shown.

    Found by the rules of a past day, ``as_of``, they must still be what was in force then.
    """
    shown = [candidate.qa_id for candidate in candidates]
    if as_of is None:
        return outdated_among(candidates, availability_of(session, shown, day=day))
    return outdated_among(candidates, views_in_force(session, shown, day=as_of))


def views_on(
    session: Session, pair_ids: Sequence[int], *, day: date, as_of: date | None = None
) -> list[PairView]:
    """Return the pairs as they are on ``day``, or as they were in force on a past day ``as_of``."""
    if as_of is None:
        return view_pairs(session, pair_ids, day=day, with_variants=False)
    return views_in_force(session, pair_ids, day=as_of)


def outdated_among(
    candidates: Iterable[Candidate], pairs: Iterable[PairView | PairAvailability]
) -> frozenset[int]:
    """Return the ids of the candidates that are not told as shown, by the pairs as they are now."""
    now = {pair.pair_id: pair for pair in pairs}
    return frozenset(one.qa_id for one in candidates if not _is_told(one, now.get(one.qa_id)))


def check_tellable(
    session: Session, candidate: Candidate, *, day: date, as_of: date | None = None
) -> None:
    """Raise AnswerOutdatedError or AnswerUnfilledError if the answer cannot have been told."""
    if outdated_ids(session, [candidate], day=day, as_of=as_of):
        raise AnswerOutdatedError(
            f"“{candidate.content.question}”的答复在显示后已更正、撤回或停止告知，"
            "不能记为已告知；请重新提问，按现行答复告知"
        )
    if candidate.content.blanks:
        raise AnswerUnfilledError(
            f"本地内容尚未填写（{'、'.join(candidate.content.blanks)}），不能记为已告知；"
            "请登记台账交承办单位答复，并请承办单位补充这条问答"
        )


def marked(candidates: Sequence[Candidate], outdated: Collection[int]) -> tuple[Candidate, ...]:
    """Return the candidates; those ``outdated`` say so among their differences."""
    return tuple(_marked(one) if one.qa_id in outdated else one for one in candidates)


def _marked(candidate: Candidate) -> Candidate:
    return replace(candidate, why=candidate.why.noting(OUTDATED))


def _is_told(candidate: Candidate, pair: PairView | PairAvailability | None) -> bool:
    return pair is not None and pair.showable and pair.version == candidate.version
