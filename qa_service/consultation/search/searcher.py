"""Search of the bank: candidates come from the index and are verified in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Engine

from qa_service.accounts.areas import check_area
from qa_service.consultation.search.as_of import PastBanks, check_day
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.found import FoundPairs, candidates_of, nearest_unit
from qa_service.consultation.search.long_questions import asking_sentences, is_long, merged, summed
from qa_service.consultation.search.look_up import Asked, look_up
from qa_service.consultation.search.narrowing import UNBOUNDED, Bounds, Narrowing, bounds_of
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.search.searched_bank import PresentBank, SearchedBank
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.observability.metrics import note_search
from qa_service.retrieval.query import analyse
from qa_service.retrieval.ranking.decision import Decision
from qa_service.retrieval.ranking.verdict_model import length_of
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.storage.engine import session_scope
from qa_service.text.matching_form import matching_form
from qa_service.vocabulary import AreaKey, Verdict

HELD_BACK = "未经本单位审校，按设置不直接告知，请核对后选择"
"""Remark on an unsigned answer that would otherwise be told outright (QA_TELL_UNSIGNED)."""

NEAREST = 5
"""Most pairs that are shown for reference (仅供参考) where none may answer the question."""


class Searcher:
    """Answers one question at a time, from any thread; a long one by the sentences that ask."""

    def __init__(
        self,
        database: Engine,
        index_sync: IndexSync,
        *,
        limit: int,
        tells_unsigned: bool = True,
    ) -> None:
        self._database = database
        self._index_sync = index_sync
        self._limit = limit
        self._tells_unsigned = tells_unsigned
        self._present = PresentBank(index_sync.engine)
        self._past_banks = PastBanks(database, index_sync)

    @property
    def degraded(self) -> bool:
        """Return whether 命中 is impossible for lack of an encoder or a matching calibration."""
        engine = self._index_sync.engine
        return engine.degraded or not engine.is_calibrated

    def thresholds(self, question: str) -> tuple[float, float]:
        """Return the least probabilities of an outright answer and of a candidate shown."""
        engine = self._index_sync.engine
        calibration = engine.calibration
        if not engine.reads or calibration.verdict is None:
            return calibration.answer_threshold, calibration.choose_threshold
        model = calibration.verdict
        return model.threshold(length_of(matching_form(question))), model.choose_threshold

    def check_day(self, day: date, *, today: date) -> None:
        """Raise UnusableDayError unless the bank can be searched as of ``day``."""
        with session_scope(self._database, read_only=True) as session:
            check_day(session, day, today=today)

    def search(
        self,
        question: str,
        *,
        area: AreaKey | None,
        day: date,
        limit: int | None = None,
        narrowed: Narrowing = UNBOUNDED,
        by_public: bool = False,
        today: date | None = None,
        is_past: bool = False,
        is_counted: bool = True,
    ) -> SearchResult:
        """Return the verdict and candidates for the cleaned ``question`` on ``day``.

        Before the verdict, drops every proposed pair that is not published, not within its dates,
        without a valid basis, outside the bounds it is ``narrowed`` to, for another audience
        alone (仅涉特定对象), or changed since it was indexed. Asked ``by_public``, with no staff
        between, it also drops answers with blanks (【本地：…】), those for one audience alone,
        those that cite a document that is not public, and unsigned ones where these are not told
        outright. Returns at most ``limit`` candidates, by default as many as are shown. A long
        question is at most to be chosen for, because what one of its sentences asks is not all
        that it asks. With ``is_past`` the answers of ``day`` are searched as they were in
        force then, and the result says so; 去年 is the year before ``today`` all the same.
        ``is_counted`` counts the verdict. Raises UnknownAreaError or TopicNotFoundError.
        """
        self._check_area(area)
        bank = self._past_banks.on(day) if is_past else self._present
        bounds = self._bounds(narrowed)
        asked = self._asked(area, bounds, day, bank, limit=limit, by_public=by_public)
        asked = replace(asked, today=today)
        result = replace(self._searched(question, asked), as_of=day if is_past else None)
        if is_counted:
            note_search(result.verdict.value, result.timings)
        return result

    def trial(
        self,
        question: str,
        *,
        area: AreaKey | None,
        day: date,
        narrowed: Narrowing = UNBOUNDED,
        bank: SearchedBank | None = None,
    ) -> SearchResult:
        """Return what a search finds; counted nowhere.

        With ``bank`` that one is searched instead of the bank of today. Raises UnknownAreaError or
        TopicNotFoundError.
        """
        self._check_area(area)
        bank = bank or self._present
        asked = self._asked(area, self._bounds(narrowed), day, bank)
        return self._searched(question, asked)

    def _asked(
        self,
        area: AreaKey | None,
        bounds: Bounds,
        day: date,
        bank: SearchedBank,
        *,
        limit: int | None = None,
        by_public: bool = False,
    ) -> Asked:
        return Asked(
            area=area,
            bounds=bounds,
            day=day,
            limit=limit or self._limit,
            by_public=by_public,
            tells_unsigned=self._tells_unsigned,
            bank=bank,
        )

    def _searched(self, question: str, asked: Asked) -> SearchResult:
        """Return the result for a question, or for a long one by its sentences."""
        search = self._search_sentences if is_long(question) else self._search_whole
        return search(question, asked)

    def _search_whole(self, question: str, asked: Asked) -> SearchResult:
        """Return the result of one search for the text as a whole."""
        watch = Stopwatch()
        engine = self._index_sync.engine
        analysed = engine.analyse(question, watch)
        # Taken before ranking, so that a pair changed after this point does not count as indexed.
        indexed = self._index_sync.follow()
        watch.lap("database")
        found = FoundPairs()

        def showable(pair_ids: Sequence[int]) -> frozenset[int]:
            with session_scope(self._database, read_only=True) as session:
                look_up(session, found, pair_ids, indexed, asked, question=analysed)
            return found.shown & set(pair_ids)

        answer = asked.bank.engine.answer(
            analysed,
            showable,
            contested=lambda ids: found.contested & set(ids),
            aspects=found.aspects,
            area=asked.area or "",
            limit=asked.limit,
            day=asked.day,
            today=asked.today,
            widened=asked.widened,
            watch=watch,
        )
        candidates = candidates_of(answer, found, asked.limit)
        watch.lap("decide")
        verdict, candidates = self._held_back(answer.decision, candidates)
        is_unmatched = verdict is Verdict.UNMATCHED
        return SearchResult(
            question=analysed,
            verdict=verdict,
            confidence=round(answer.confidence, 4),
            candidates=() if is_unmatched else candidates,
            nearest_unit=nearest_unit(answer, found.views),
            degraded=(
                analysed.vector is None
                or not engine.is_calibrated
                or self._index_sync.problem is not None
            ),
            index_revision=indexed.revision,
            timings={stage: round(spent, 3) for stage, spent in watch.timings.items()},
            nearest=candidates[:NEAREST] if is_unmatched and not asked.by_public else (),
        )

    def _search_sentences(self, question: str, asked: Asked) -> SearchResult:
        """Return the candidates of the sentences of a long question that look like questions.

        The likeliest is searched like a question, the others once each, so that it costs at
        most ten searches: ``MOST_SEARCHES`` and one for each other of ``SENTENCES_SEARCHED``.
        """
        first, *others = asking_sentences(question)
        found = [self._search_whole(first, asked)]
        once = replace(asked, widened=False)
        found += [self._search_whole(sentence, once) for sentence in others]
        best = max(found, key=lambda one: one.confidence)
        candidates = merged(one.candidates for one in found)[: asked.limit]
        nearest = () if candidates else merged(one.nearest for one in found)[:NEAREST]
        return SearchResult(
            question=analyse(question, self._index_sync.engine.tokenizer, None),
            verdict=Verdict.CHOOSE if candidates else Verdict.UNMATCHED,
            confidence=candidates[0].confidence if candidates else best.confidence,
            candidates=candidates,
            nearest_unit=best.nearest_unit,
            degraded=any(one.degraded for one in found),
            index_revision=min(one.index_revision for one in found),
            timings=summed(one.timings for one in found),
            nearest=nearest,
        )

    def _held_back(
        self, decision: Decision, candidates: tuple[Candidate, ...]
    ) -> tuple[Verdict, tuple[Candidate, ...]]:
        """Return verdict and candidates; an answer that may not be told outright is offered.

        The first candidate then says why among its differences, as it does where it is probable
        enough and in doubt all the same; one with blanks says so whatever the verdict.
        """
        verdict, doubt = decision.verdict, decision.doubt
        if doubt is not None:
            return verdict, _noting(candidates, doubt.label)
        if verdict is not Verdict.ANSWERED:
            return verdict, candidates
        first = candidates[0]
        if first.content.blanks:
            return Verdict.CHOOSE, candidates
        if not first.unsigned or self._tells_unsigned:
            return verdict, candidates
        return Verdict.CHOOSE, _noting(candidates, HELD_BACK)

    def _bounds(self, narrowed: Narrowing) -> Bounds:
        if not narrowed.topic:
            return Bounds(narrowed.audience, narrowed.region)
        with session_scope(self._database, read_only=True) as session:
            return bounds_of(session, narrowed)

    def _check_area(self, area: AreaKey | None) -> None:
        """Raise UnknownAreaError for an area that is not in use."""
        if area is not None:
            with session_scope(self._database, read_only=True) as session:
                check_area(session, area)


def _noting(candidates: tuple[Candidate, ...], note: str) -> tuple[Candidate, ...]:
    """Return the candidates, of which the first has one warning more."""
    return tuple(
        replace(one, why=one.why.noting(note)) if at == 0 else one
        for at, one in enumerate(candidates)
    )
