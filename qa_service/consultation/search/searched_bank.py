"""The bank that a search looks in: that of today, or another (of a past day, with a draft)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlmodel import Session

from qa_service.knowledge.indexing.indexed import Indexed
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.retrieval.engine import RetrievalEngine


class SearchedBank(Protocol):
    """The pairs of a bank, and the engine that finds them."""

    @property
    def engine(self) -> RetrievalEngine:
        """The engine that finds its pairs."""
        ...

    def views(self, session: Session, pair_ids: Sequence[int], *, day: date) -> list[PairView]:
        """Return the pairs as this bank has them on ``day``, without their variants if it can."""
        ...

    def holds(self, view: PairView, indexed: Indexed) -> bool:
        """Return whether the engine finds the pair by the words of ``view``."""
        ...


@dataclass(frozen=True, slots=True)
class PresentBank:
    """The bank as it is published now."""

    engine: RetrievalEngine

    def views(self, session: Session, pair_ids: Sequence[int], *, day: date) -> list[PairView]:
        """Return the pairs in their current version."""
        return view_pairs(session, pair_ids, day=day, with_variants=False)

    def holds(self, view: PairView, indexed: Indexed) -> bool:
        """Return whether the pair has not changed since it was indexed."""
        return indexed.holds(view.pair_id, view.revision)
