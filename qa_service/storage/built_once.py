"""Statements that are built once: building one takes longer than many take to run."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Statement = TypeVar("_Statement")

MOST_BUILT = 500
"""Number of statements that are kept: those of some periods, units and areas of one day."""


class BuiltOnce(Generic[_Key, _Statement]):
    """Statements by what they select, for any thread; all are forgotten when there are many."""

    def __init__(self) -> None:
        self._built: dict[_Key, _Statement] = {}

    def of(self, key: _Key, build: Callable[[], _Statement]) -> _Statement:
        """Return the statement of ``key``, made by ``build`` if it is not kept."""
        found = self._built.get(key)
        if found is None:
            found = build()
            if len(self._built) >= MOST_BUILT:
                self._built.clear()
            self._built[key] = found
        return found
