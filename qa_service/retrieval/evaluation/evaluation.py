"""Runs every query of an evaluation set through the engine and through each single signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.progress import Progress, no_progress
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import ScoreCheck
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.evaluation.baselines import Baselines, reciprocal_rank_fusion
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.decision import allows_answer
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.retrieval.ranking.keywords import Aspects, no_aspects
from qa_service.vocabulary import Verdict

BATCH = 64
"""Texts embedded between two reports of progress."""

CHECKED_QUERIES = 50
"""Queries whose BM25 scores are checked against rank-bm25."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one query, as the service gives it; ``rankings`` holds pair ids by signal."""

    query: JudgedQuery
    rankings: dict[str, tuple[int, ...]]
    answer: Answer

    @property
    def took_ms(self) -> float:
        """Milliseconds the query took."""
        return self.answer.took_ms

    @property
    def is_right(self) -> bool:
        """Whether the first candidate answers the query."""
        return bool(self.answer.ranked) and self.answer.ranked[0].pair_id in self.query.relevant

    @property
    def is_answered(self) -> bool:
        """Whether it was answered outright."""
        return self.answer.decision.verdict is Verdict.ANSWERED

    @property
    def allows_answer(self) -> bool:
        """Whether the rules allow an outright answer with the first candidate."""
        return bool(self.answer.ranked) and allows_answer(self.answer.ranked[0])


def index_set(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    *,
    known: Mapping[str, Vectors] | None = None,
    progress: Progress = no_progress,
) -> Baselines:
    """Make ``engine`` search the pairs of the set alone; return baselines over the same pairs.

    ``known`` holds vectors made before, by text; they are not made again.
    """
    vectors = _embed(engine, evaluated, dict(known or {}), progress)
    engine.adopt(engine.build(evaluated.pairs, vectors))
    return Baselines(evaluated.pairs, engine.tokenizer, vectors)


def run(
    engine: RetrievalEngine,
    baselines: Baselines,
    queries: Sequence[JudgedQuery],
    progress: Progress = no_progress,
    *,
    limit: int = GUARDED_CANDIDATES,
    aspects: Aspects = no_aspects,
) -> list[Outcome]:
    """Ask each query of the index of ``engine``; ``limit`` is the number of candidates shown.

    ``aspects`` are those of the pairs, as the service gives them to the engine.
    """
    outcomes = []
    for number, query in enumerate(queries, start=1):
        outcomes.append(_outcome(engine, baselines, query, limit, aspects))
        progress(number, len(queries))
    return outcomes


def check_bm25(engine: RetrievalEngine, queries: Sequence[JudgedQuery]) -> ScoreCheck | None:
    """Compare the index's BM25 scores with rank-bm25's on a sample of ``queries``.

    Raises ScoresDifferError when they differ; None for an index that computes no BM25.
    """
    asked = [engine.analyse(query.text).tokens for query in queries[:CHECKED_QUERIES]]
    return engine.index.check_scores(asked)


def _embed(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    vectors: dict[str, Vectors],
    progress: Progress,
) -> dict[str, Vectors]:
    """Return the vector of every text of the set; empty without an encoder."""
    texts = dict.fromkeys(text for pair in evaluated.pairs for _, text in pair.texts())
    # Texts of like length in one batch: a batch costs what its longest text costs.
    fresh = sorted((text for text in texts if text not in vectors), key=len)
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        made = engine.embed(batch)
        if made is None:
            return {}
        vectors.update(zip(batch, made, strict=True))
        progress(min(start + BATCH, len(fresh)), len(fresh))
    return vectors


def _outcome(
    engine: RetrievalEngine,
    baselines: Baselines,
    judged: JudgedQuery,
    limit: int,
    aspects: Aspects,
) -> Outcome:
    """Ask one query as the service does, and rank it by each signal alone."""
    answer = engine.answer(judged.text, everything, limit=limit, aspects=aspects)
    question = answer.question
    lexical = engine.index.ranked_by_words(question)
    dense = engine.index.ranked_by_vector(question)
    rankings = {
        "rank_bm25": baselines.by_bm25(question),
        "embedding": baselines.by_embedding(question),
        "lexical": lexical,
        "dense": dense,
        "rrf": reciprocal_rank_fusion([lexical, dense]),
        "fused": engine.first_order(question),
        "whole": answer.pair_ids,
    }
    return Outcome(judged, rankings, answer)
