"""Builds a search index from the published pairs."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlmodel import Session

from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import PairView
from qa_service.progress import Progress, no_progress
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import SearchBackend, Stamp
from qa_service.retrieval.backends.stores import DraftStore, KnownVectors, VectorCache
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.query import Tokenizer

BATCH = 200
"""Pairs read, embedded and indexed in one batch."""

ANY_DAY = date(2000, 1, 1)
"""Day passed to ``view_pairs``: indexing ignores whether a pair may be shown."""


def indexed_pair(view: PairView) -> IndexedPair:
    """Return a pair as the index stores it."""
    content = view.content
    return IndexedPair(
        view.pair_id,
        content.question,
        content.variants,
        content.answer,
        content.area,
        unit=content.unit,
        region=content.region,
        audience=content.audience,
        effective_from=content.effective_from,
        expires_on=content.expires_on,
        revision=view.revision,
    )


def view_any_day(session: Session, pair_ids: Sequence[int]) -> list[PairView]:
    """Return the pairs of these ids, regardless of whether they may be shown."""
    return queries.view_pairs(session, pair_ids, day=ANY_DAY)


def build_index(
    session: Session,
    engine: RetrievalEngine,
    store: DraftStore,
    progress: Progress = no_progress,
    *,
    stamp: Stamp,
    at_once: int = 1,
) -> tuple[SearchBackend, VectorCache]:
    """Return an index of every published pair for ``engine``, and the cache to clear afterwards.

    ``stamp`` is that of the bank ``session`` sees. A build that was killed goes on where the
    store kept what it had done: the index then shows the earlier of both revisions. Vectors of
    texts that were embedded before, even for a build that was killed, are reused. ``at_once``
    batches of texts are embedded side by side. Raises EncoderFailedError.
    """
    known = store.known_vectors(engine.recipe())
    cache = store.vector_cache(engine.recipe())
    draft = store.draft(engine.recipe(), engine.tokenizer, stamp)
    index = draft.index
    ids = published_ids(session)
    done = bisect_right(ids, draft.filled_to)
    for start in range(done, len(ids), BATCH):
        views = view_any_day(session, ids[start : start + BATCH])
        pairs = [indexed_pair(view) for view in views]
        index.upsert(pairs, _vectors(engine, pairs, known, cache, at_once))
        progress(min(start + BATCH, len(ids)), len(ids))
    return index, cache


def index_by_words(
    session: Session,
    engine: RetrievalEngine,
    progress: Progress = no_progress,
    *,
    stamp: Stamp,
) -> SearchBackend:
    """Return an index of every published pair that finds by words alone, made in seconds.

    ``stamp`` is that of the bank ``session`` sees.
    """
    index = engine.empty_index(has_vectors=False)
    ids = published_ids(session)
    for start in range(0, len(ids), BATCH):
        views = view_any_day(session, ids[start : start + BATCH])
        index.upsert([indexed_pair(view) for view in views], None)
        progress(min(start + BATCH, len(ids)), len(ids))
    packed = index.optimised()
    packed.stamp = stamp
    return packed


def _vectors(
    engine: RetrievalEngine,
    pairs: Sequence[IndexedPair],
    known: KnownVectors,
    cache: VectorCache,
    at_once: int,
) -> Vectors | None:
    """Return the vector of every text, pair by pair; None without an encoder."""
    texts = [text for pair in pairs for _, text in pair.texts()]
    kept = known(pairs)
    found = {text: kept.get(text, cache.get(text)) for text in dict.fromkeys(texts)}
    fresh = [text for text, vector in found.items() if vector is None]
    made = engine.embed(fresh, at_once=at_once)
    if made is None:
        return None
    cache.append(fresh, made)
    found.update(zip(fresh, made, strict=True))
    rows = [found[text] for text in texts]
    return np.array(rows, np.float32).reshape(len(texts), engine.recipe().dimension)


def preview_engine(
    session: Session, engine: RetrievalEngine, tokenizer: Tokenizer
) -> RetrievalEngine:
    """Return an engine with another word list over the pairs that ``engine`` finds now.

    It reuses the vectors, so nothing is embedded, and keeps its index in memory. Where there are
    none it finds by words alone, as ``engine`` does.
    """
    preview = engine.with_tokenizer(tokenizer)
    ids = sorted(engine.index.pair_ids())
    pairs = [indexed_pair(view) for view in view_any_day(session, ids)]
    if engine.degraded:
        index = preview.empty_index(has_vectors=False)
        index.upsert(pairs, None)
        preview.adopt(index.optimised())
        return preview
    known = engine.vectors_by_text()
    # A pair that is being changed has texts without vectors.
    kept = [pair for pair in pairs if all(text in known for _, text in pair.texts())]
    preview.adopt(preview.build(kept, known))
    return preview
