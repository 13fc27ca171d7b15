"""The retrieval engine: analyses a question, ranks the bank's pairs and decides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from threading import RLock

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    CreateBackend,
    Recipe,
    SearchBackend,
    Showable,
    nothing,
)
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.documents import Filters, IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder, EncoderFailedError
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer, analyse
from qa_service.retrieval.ranking.answer import Answer, Search
from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.decision import (
    Permission,
    is_asked_word_for_word,
)
from qa_service.retrieval.ranking.features import Description, describe
from qa_service.retrieval.ranking.judging import (
    GUARDED_CANDIDATES,
    RANKED_CANDIDATES,
    Judgement,
    judge,
)
from qa_service.retrieval.ranking.keywords import Aspects, listed, no_aspects
from qa_service.retrieval.ranking.merging import found_by, with_clauses, with_reading
from qa_service.retrieval.ranking.rescoring import Scorer
from qa_service.retrieval.recent import RecentDescriptions
from qa_service.retrieval.reranking.reranker import Reranker, RerankerFailedError
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.clauses import MOST_MATTERS, Clause
from qa_service.text.letters import is_letter
from qa_service.text.whole_questions.coordination import halves
from qa_service.vocabulary import Verdict

DESCRIBED_CANDIDATES = 50
"""Number of candidates whose features are computed; the rest cannot become first."""

MOST_SEARCHES = 1 + MOST_MATTERS + 1
"""Most searches of one text: as a whole, by its clauses, and by what it sounds like."""

WARM_UP_QUESTION = "政策咨询"


def everything(pair_ids: Sequence[int]) -> frozenset[int]:
    """Return all ids: the ``Showable`` of a bank in which every pair may be shown."""
    return frozenset(pair_ids)


class RetrievalEngine:
    """Answers questions and takes changes from any thread; access to the index is serialised.

    Without an ``encoder`` it runs on BM25 alone and is ``degraded``. Without a ``reranker``, it
    answers outright only what is asked word for word.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        encoder: Encoder | None,
        calibration: Calibration,
        create_index: CreateBackend = SearchIndex,
        *,
        reranker: Reranker | None = None,
    ) -> None:
        """Start with an empty index made by ``create_index``."""
        self.tokenizer = tokenizer
        self.encoder = encoder
        self.calibration = calibration
        self.reranker = reranker
        self._create_index = create_index
        self._lock = RLock()
        self._recent = RecentDescriptions()
        self.index = self.empty_index()

    def with_tokenizer(self, tokenizer: Tokenizer) -> "RetrievalEngine":
        """Return an engine with another tokenizer, all else equal, and an empty index."""
        return RetrievalEngine(
            tokenizer,
            self.encoder,
            self.calibration,
            self._create_index,
            reranker=self.reranker,
        )

    def emptied(self) -> "RetrievalEngine":
        """Return an engine that is equal to this one, with an empty index."""
        return self.with_tokenizer(self.tokenizer)

    def copied(self) -> "RetrievalEngine":
        """Return an engine over the same pairs, whose changes do not touch this one."""
        twin = self.with_tokenizer(self.tokenizer)
        with self._lock:
            twin.adopt(self.index.copied())
        return twin

    @property
    def degraded(self) -> bool:
        """Whether words alone are searched: no encoder, or an index that has no vectors yet."""
        return self.encoder is None or not self.index.has_vectors

    @property
    def is_calibrated(self) -> bool:
        """Whether the calibration fits this tokenizer and encoder; if not, nothing is answered."""
        return self.calibration.holds_for(self.recipe())

    @property
    def reads(self) -> bool:
        """Whether there is a re-ranker whose scores the calibration can judge."""
        found = self.reranker
        return found is not None and self.calibration.judges_scores_of(found.fingerprint)

    def fits(self, calibration: Calibration) -> bool:
        """Return whether ``calibration`` was fitted with this tokenizer, encoder and re-ranker."""
        is_read = self.reranker is None or calibration.judges_scores_of(self.reranker.fingerprint)
        return is_read and calibration.holds_for(self.recipe())

    def recipe(self) -> Recipe:
        """Return the recipe of this engine's index."""
        encoder = self.encoder if self.index.has_vectors else None
        return Recipe(
            tokenizer=self.tokenizer.fingerprint,
            encoder=encoder.fingerprint if encoder else "",
            dimension=encoder.dimension if encoder else 0,
        )

    def empty_index(self, *, has_vectors: bool = True) -> SearchBackend:
        """Return a new index for this engine's tokenizer, and its encoder if it ``has_vectors``."""
        encoder = self.encoder if has_vectors else None
        return self._create_index(self.tokenizer, encoder.dimension if encoder else None)

    def build(self, pairs: Iterable[IndexedPair], vectors: Mapping[str, Vectors]) -> SearchBackend:
        """Return an index of ``pairs``; ``vectors`` holds the vector of each of their texts."""
        index = self.empty_index()
        for pair in pairs:
            rows = [vectors[text] for _, text in pair.texts()] if self.encoder else None
            index.upsert([pair], np.array(rows, np.float32) if rows is not None else None)
        return index.optimised()

    def vectors_by_text(self) -> Mapping[str, Vectors]:
        """Return the vector of every findable text; empty without an encoder."""
        with self._lock:
            return self.index.vectors_by_text()

    def adopt(self, index: SearchBackend) -> None:
        """Replace the index to be searched by ``index``."""
        with self._lock:
            self.index = index

    def recalibrate(self, calibration: Calibration, reranker: Reranker | None = None) -> None:
        """Judge by ``calibration``, and read by ``reranker`` if one is given, from now on.

        No text is judged by one of both and the other's predecessor.
        """
        with self._lock:
            self.calibration = calibration
            self.reranker = reranker or self.reranker

    def embed(self, texts: Sequence[str], *, at_once: int = 1) -> Vectors | None:
        """Return vectors of stored texts, shape (len(texts), dimension); None where none are kept.

        ``at_once`` batches are encoded side by side. Raises EncoderFailedError.
        """
        if self.encoder is None or self.degraded:
            return None
        return self.encoder.encode_texts(texts, at_once=at_once)

    def upsert(self, pairs: Sequence[IndexedPair]) -> None:
        """Make each pair searchable in its present form; raises EncoderFailedError."""
        vectors = self.embed([text for pair in pairs for _, text in pair.texts()])
        with self._lock:
            self.index.upsert(pairs, vectors)

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        """Make the pairs unfindable, unless a shared index has a version after ``revision``."""
        with self._lock:
            self.index.remove(pair_ids, revision=revision)

    def warm_up(self) -> None:
        """Answer one question, so that JIT compilation happens before the first request.

        An empty index would leave loops uncompiled, so one pair is also ranked in a separate
        index. With several worker processes, the parent calls this before it starts them:
        concurrent compilations of a function for different arrays may corrupt its cache.
        """
        stage = self.with_tokenizer(self.tokenizer)
        stage.upsert([IndexedPair(0, WARM_UP_QUESTION, (), WARM_UP_QUESTION)])
        stage.adopt(stage.index.optimised())
        for engine in (stage, self):
            engine.answer(WARM_UP_QUESTION, everything)

    def analyse(self, question: str, watch: Stopwatch | None = None) -> AnalysedQuestion:
        """Return the analysed question; it has no vector where none is searched or can be made.

        Times are booked to the stages "encode" and "analyse" of ``watch``.
        """
        watch = watch or Stopwatch()
        vector = None if self.degraded else self._vector_of(question)
        watch.lap("encode")
        analysed = analyse(question, self.tokenizer, vector)
        watch.lap("analyse")
        return analysed

    def _vector_of(self, text: str) -> Vectors | None:
        """Return the vector of a question, asked or stored; None where it cannot be made."""
        if self.encoder is None:
            return None
        try:
            return np.asarray(self.encoder.encode_queries([text])[0])
        except EncoderFailedError:
            return None

    def answer(
        self,
        question: str | AnalysedQuestion,
        showable: Showable,
        *,
        contested: Showable = nothing,
        area: str = "",
        limit: int = GUARDED_CANDIDATES,
        aspects: Aspects = no_aspects,
        assume_calibrated: bool = False,
        day: date | None = None,
        today: date | None = None,
        widened: bool = True,
        watch: Stopwatch | None = None,
    ) -> Answer:
        """Rank the pairs that may answer ``question`` and decide.

        ``showable`` is given the ids of the ranked candidates and returns those that may be
        shown; the others are dropped before guard words are compared and anything is decided.
        ``contested`` likewise returns those never answered outright. Guard words of at least
        the first ``limit`` candidates are compared. Only pairs of
        ``area`` are considered when it is given. Nothing is answered outright without a vector
        or while the calibration does not fit, unless ``assume_calibrated``. ``day`` is the day
        whose rules are searched: a pair need not name its year; without it, every year asked for
        must be named. ``today``, where that is another day, is the one from which 去年 counts.
        A keyword lists the pairs that contain it, spread over their ``aspects``. Of a question
        with several matters each clause is searched too, and nothing is answered outright where
        one probably asks for another pair. What a question sounds like is searched too, and only
        proposes. Both are left out unless ``widened``: one text is then searched once, else at
        most ``MOST_SEARCHES`` times.
        """
        watch = watch or Stopwatch()
        analysed = self.analyse(question, watch) if isinstance(question, str) else question
        asked_on = today or day
        search = Search(
            showable=showable,
            contested=contested,
            aspects=aspects,
            area=area,
            shown=limit,
            assume_calibrated=assume_calibrated,
            this_year=asked_on.year if asked_on else None,
            rules_of=day.year if day and day != asked_on else None,
            watch=watch,
        )
        found, description = self._judged(analysed, search)
        if widened:
            found = self._widened(analysed, found, search)
        watch.lap("decide")
        return Answer(
            analysed,
            found.ranked,
            found.decision,
            description,
            watch.timings,
            is_divided=found.is_divided,
            besides=found.besides,
        )

    def _widened(self, asked: AnalysedQuestion, whole: Judgement, search: Search) -> Judgement:
        """Return the judgement with what the clauses of the question and its sound lead to."""
        found = whole
        if not asked.is_keyword and not _is_certain(whole):
            found = with_clauses(
                whole,
                [
                    (self._judged_part(clause.text, search), clause)
                    for clause in asked.clauses or _halves(asked, whole)
                ],
                in_letter=is_letter(asked.normalised),
            )
        heard = self.tokenizer.heard(asked.normalised)
        if found.decision.verdict is not Verdict.ANSWERED and heard != asked.normalised:
            found = with_reading(found, self._judged_part(heard, search))
        return found

    def _judged_part(self, text: str, search: Search) -> Judgement:
        """Return the judgement on a clause or reading; its candidates tell that it found them."""
        return found_by(text, self._judged(self.analyse(text, search.watch), search)[0])

    def _judged(self, analysed: AnalysedQuestion, search: Search) -> tuple[Judgement, Description]:
        """Return the judgement on one text as a whole, and its candidates."""
        watch = search.watch
        with self._lock:
            description = self._described(analysed, search)
            calibration, reranker = self.calibration, self.reranker
        can_answer = analysed.vector is not None and (
            search.assume_calibrated or calibration.holds_for(self.recipe())
        )

        def judged(scorer: Scorer | None) -> Judgement:
            """Return the judgement with or without re-ranking."""
            return judge(
                analysed,
                description,
                calibration,
                search.showable,
                allowed=_allowed(can_answer=can_answer, reads=scorer is not None),
                scorer=scorer,
                contested=search.contested,
                shown=search.shown,
                limit=DESCRIBED_CANDIDATES if analysed.is_keyword else RANKED_CANDIDATES,
                this_year=search.this_year,
                rules_of=search.rules_of,
                watch=watch,
            )

        reads = reranker is not None and calibration.judges_scores_of(reranker.fingerprint)
        try:
            found = judged(reranker.scores if reranker and reads else None)
        except RerankerFailedError:
            found = judged(None)
        if analysed.is_keyword:
            found = listed(
                analysed,
                found,
                search.aspects,
                shown=search.shown,
                this_year=search.this_year,
                rules_of=search.rules_of,
            )
        return found, description

    def _described(self, analysed: AnalysedQuestion, search: Search) -> Description:
        """Return the candidates; of a question asked before, while the index has not changed."""
        asked = (analysed.text, analysed.tokens, analysed.vector is None, search.area)
        found = self._recent.of(self.index, asked)
        if found is None:
            block = self.index.propose(
                analysed,
                limit=DESCRIBED_CANDIDATES,
                filters=Filters(area=search.area),
                watch=search.watch,
            )
            found = describe(analysed, block, self._vector_of)
            self._recent.keep(self.index, asked, found)
        return found

    def first_order(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return the candidates in their first order, before features and ranking."""
        with self._lock:
            block = self.index.propose(question, limit=DESCRIBED_CANDIDATES, watch=Stopwatch())
        return tuple(block.pair_ids.tolist())


def _is_certain(found: Judgement) -> bool:
    """Return whether one pair alone is asked word for word."""
    return bool(found.ranked) and is_asked_word_for_word(found.ranked)


def _halves(asked: AnalysedQuestion, found: Judgement) -> list[Clause]:
    """Return the halves of a question about two things of which the first candidate holds one."""
    conflicts = found.ranked[0].described.guards.conflicts if found.ranked else ()
    return [Clause(half, is_apart=True) for half in halves(asked.normalised, conflicts)]


def _allowed(*, can_answer: bool, reads: bool) -> Permission:
    """Return what may be answered outright."""
    if not can_answer:
        return Permission.NOTHING
    return Permission.ALL if reads else Permission.WORD_FOR_WORD
