"""Descriptions of the candidates of recent questions, for those that are asked again."""

from collections import OrderedDict
from collections.abc import Hashable

from qa_service.retrieval.backends.contract import SearchBackend
from qa_service.retrieval.ranking.features import Description

KEPT_DESCRIPTIONS = 512
"""Number of questions, the most recently asked, whose candidates are kept; some 25 MB."""


class RecentDescriptions:
    """The candidates that one state of an index proposes; not thread-safe.

    Nothing is kept of an index that others change too.
    """

    def __init__(self) -> None:
        self._index: SearchBackend | None = None
        self._changes: int | None = None
        self._kept: OrderedDict[Hashable, Description] = OrderedDict()

    def of(self, index: SearchBackend, question: Hashable) -> Description | None:
        """Return what ``index``, as it is now, was found to propose; None where that is unknown."""
        self._follow(index)
        found = self._kept.get(question)
        if found is not None:
            self._kept.move_to_end(question)
        return found

    def keep(self, index: SearchBackend, question: Hashable, found: Description) -> None:
        """Keep what ``index`` proposes as long as it does not change."""
        self._follow(index)
        if self._changes is None:
            return
        self._kept[question] = found
        while len(self._kept) > KEPT_DESCRIPTIONS:
            self._kept.popitem(last=False)

    def _follow(self, index: SearchBackend) -> None:
        """Forget everything if it is of another index, or of an earlier state."""
        if index is not self._index or index.changes != self._changes:
            self._index, self._changes = index, index.changes
            self._kept.clear()
