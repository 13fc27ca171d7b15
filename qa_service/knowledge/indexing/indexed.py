"""Content of an index, compared with the bank."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from qa_service.knowledge.pairs.ids import count_published, published_ids
from qa_service.knowledge.revision import bank_stamp
from qa_service.retrieval.backends.contract import IndexUnusableError, SearchBackend, Stamp


@dataclass(frozen=True, slots=True)
class Indexed:
    """Content of an index: all changes up to ``revision`` and some later ones.

    ``ahead`` holds, by pair id, the revision of each pair that was indexed before the rest of
    its bulk change.
    """

    revision: int
    ahead: Mapping[int, int]

    def holds(self, pair_id: int, revision: int) -> bool:
        """Return whether the pair, last changed at ``revision``, is indexed in that form."""
        return revision <= self.revision or self.ahead.get(pair_id) == revision


NOTHING_INDEXED = Indexed(-1, {})
"""The content of an index of another bank, of which nothing may be shown."""


def bank_state(session: Session) -> tuple[Stamp, int]:
    """Return the stamp of the bank and the number of its word list."""
    bank_id, revision, words = bank_stamp(session)
    return Stamp(bank_id, revision), words


def refuse_other_bank(newest: Stamp, stored: Stamp) -> None:
    """Raise IndexUnusableError unless what is ``stored`` is of the bank, and not ahead of it."""
    if newest.bank_id != stored.bank_id:
        raise IndexUnusableError("索引属于另一个问答库")
    if newest.revision < stored.revision:
        raise IndexUnusableError("索引比数据库新，数据库可能是从备份恢复的")


def refuse_foreign(session: Session, index: SearchBackend, *, shared: bool) -> None:
    """Raise IndexUnusableError unless ``index`` fits the database.

    Of a ``shared`` index, which may be large, the pairs are only counted.
    """
    newest, _ = bank_state(session)
    stamp = index.stamp
    refuse_other_bank(newest, stamp)
    if newest != stamp:
        return
    if shared:
        held, published = len(index), count_published(session)
        # One that broke off meanwhile counts nothing, and says so itself.
        if held != published and index.problem is None:
            raise IndexUnusableError(f"索引不完整：有 {held} 条问答，数据库中已发布 {published} 条")
    elif index.pair_ids() != frozenset(published_ids(session)):
        raise IndexUnusableError("索引快照与数据库内容不一致")
