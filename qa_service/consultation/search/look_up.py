"""Drops of the pairs that a search proposes those that may not be shown, as the database says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from qa_service.consultation.search.found import FoundPairs
from qa_service.consultation.search.narrowing import Bounds
from qa_service.consultation.search.searched_bank import PresentBank, SearchedBank
from qa_service.knowledge.indexing.indexed import Indexed
from qa_service.knowledge.pairs.availability import PairAvailability, availability_of
from qa_service.knowledge.pairs.overlap.contradictions import contested_ids
from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.text.normalise import normalise
from qa_service.vocabulary import AreaKey


@dataclass(frozen=True, slots=True)
class Asked:
    """The bounds of a search: area, audience, region, matter, day, the most candidates to return.

    ``today`` is the day on which is asked, where ``day`` is a past one whose rules are searched.
    Only a text that is ``widened`` is also searched by its clauses and by what it sounds like.
    ``by_public`` tells that no staff stands between the question and its answer; it is then told
    what is not signed if the service ``tells_unsigned``. ``bank`` is where it is searched.
    """

    area: AreaKey | None
    bounds: Bounds
    day: date
    limit: int
    by_public: bool
    tells_unsigned: bool
    bank: SearchedBank
    today: date | None = None
    widened: bool = True


def look_up(
    session: Session,
    found: FoundPairs,
    pair_ids: Sequence[int],
    indexed: Indexed,
    asked: Asked,
    *,
    question: AnalysedQuestion,
) -> None:
    """Add to ``found`` the ranked pairs that may be told on the day, indexed as they are now.

    Of a search by staff in the present bank, which is most of them, the contents of those alone
    are read that can come to be shown.
    """
    is_by_content = asked.by_public or asked.bounds.topic is not None or question.is_keyword
    if is_by_content or not isinstance(asked.bank, PresentBank):
        _add_all(session, found, pair_ids, indexed, asked)
    else:
        _add_first(session, found, pair_ids, indexed, asked)


def _add_all(
    session: Session, found: FoundPairs, pair_ids: Sequence[int], indexed: Indexed, asked: Asked
) -> None:
    """Read the contents of all pairs, on which it depends what is shown."""
    views = asked.bank.views(session, pair_ids, day=asked.day)
    found.contested |= contested_ids(session, pair_ids, day=asked.day)
    kept = {
        view.pair_id: view
        for view in views
        if view.showable and asked.bank.holds(view, indexed) and _is_for(view, asked)
    }
    found.views |= kept
    found.shown |= frozenset(kept)


def _add_first(
    session: Session, found: FoundPairs, pair_ids: Sequence[int], indexed: Indexed, asked: Asked
) -> None:
    """Read how all pairs stand, and the contents of as many of the first as are shown.

    Neither guard words nor re-ranking bring up others, and of several searches for one question
    each adds its first.
    """
    kept = [
        pair.pair_id
        for pair in availability_of(session, pair_ids, day=asked.day)
        if pair.showable
        and indexed.holds(pair.pair_id, pair.revision)
        and asked.bounds.reaches(pair)
        and may_be_offered(pair, asked.bounds)
    ]
    first = kept[: max(GUARDED_CANDIDATES, asked.limit)]
    views = asked.bank.views(session, first, day=asked.day)
    found.contested |= contested_ids(session, first, day=asked.day)
    found.views |= {view.pair_id: view for view in views}
    found.shown |= frozenset(kept)


def _is_for(view: PairView, asked: Asked) -> bool:
    """Return whether the answer may be shown to the one who asks."""
    if not asked.bounds.holds(view.content):
        return False
    if asked.by_public:
        return is_public(view, tells_unsigned=asked.tells_unsigned)
    return may_be_offered(view.content, asked.bounds)


def may_be_offered(answer: PairContent | PairAvailability, bounds: Bounds) -> bool:
    """Return whether staff are shown the answer: one for its audience alone to that audience."""
    return not answer.is_limited or normalise(answer.audience) == normalise(bounds.audience)
