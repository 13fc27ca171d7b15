"""Wordings (问法) of published pairs and of earlier rows, against which an import is checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.overlap.overlaps import (
    REMEDY,
    WordingInUseError,
    published_wordings,
    scope_of,
    settled_between,
    wordings_by_key,
)
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.vocabulary import PairStatus

LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Owner:
    """A pair that has a wording: ``name`` says in Chinese which one, ``pair_id`` if stored.

    Of a draft the wording is nobody's yet.
    """

    key: str
    name: str
    scope: tuple[str, ...]
    pair_id: int | None = None
    is_published: bool = True


class WordingsInUse:
    """The owners of wordings, kept over all batches of an import."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stored: dict[str, dict[str, _Owner]] = {}
        self._of_rows: dict[str, _Owner] = {}
        self._rows: set[str] = set()

    def use(self, session: Session) -> None:
        """Look up in ``session`` from now on."""
        self._session = session

    def load(self, contents: Iterable[PairContent]) -> None:
        """Look up the published pairs that have wordings of a batch."""
        wanted = list({key for content in contents for key in wordings_by_key(content)})
        found: list[tuple[int, str]] = []
        for start in range(0, len(wanted), LOOKED_UP_AT_ONCE):
            keys = wanted[start : start + LOOKED_UP_AT_ONCE]
            found += published_wordings(self._session, keys)
        ids = {pair_id for pair_id, _ in found}
        owners = {
            view.pair_id: _Owner(
                view.key,
                f"问答“{view.content.question}”",
                scope_of(view.content),
                view.pair_id,
            )
            for view in view_pairs(self._session, ids, day=date.min, with_variants=False)
        }
        self._stored = {}
        for pair_id, key in found:
            self._stored.setdefault(key, {})[owners[pair_id].key] = owners[pair_id]

    def note(self, pair: QAPair | None, content: PairContent, *, is_published: bool) -> str:
        """Return which wordings of a row other pairs have, "" for none.

        Raises WordingInUseError for one that ``is_published`` and that nobody could tell from
        the other pair: of the same unit, audience and region.
        """
        own = pair.key if pair is not None else ""
        told = []
        for key, text in wordings_by_key(content).items():
            for owner in self._owners(key, own):
                message = f"问法“{text}”与{owner.name}重复"
                is_alike = owner.is_published and owner.scope == scope_of(content)
                if is_published and is_alike and not self._is_settled(pair, owner):
                    raise WordingInUseError(f"{message}。{REMEDY}")
                told.append(message)
        return "；".join(told)

    def add(self, number: int, pair: QAPair, content: PairContent) -> None:
        """Take in the wordings of a row that was accepted, in place of those stored before."""
        self._rows.add(pair.key)
        if pair.status is PairStatus.WITHDRAWN:
            return
        is_published = pair.status is PairStatus.PUBLISHED
        owner = _Owner(pair.key, f"第{number}行", scope_of(content), pair.id, is_published)
        for key in wordings_by_key(content):
            held = self._of_rows.get(key)
            if held is None or not held.is_published:
                self._of_rows[key] = owner

    def _owners(self, wording: str, own: str) -> list[_Owner]:
        stored = self._stored.get(wording, {}).values()
        found = [owner for owner in stored if owner.key not in self._rows]
        if wording in self._of_rows:
            found.append(self._of_rows[wording])
        return [owner for owner in found if owner.key != own]

    def _is_settled(self, pair: QAPair | None, owner: _Owner) -> bool:
        """Return whether staff has said of these two pairs that both may stay."""
        if pair is None or pair.id is None or owner.pair_id is None:
            return False
        return bool(settled_between(self._session, pair.id, [owner.pair_id]))
