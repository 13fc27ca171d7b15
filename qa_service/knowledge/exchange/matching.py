"""Matches rows of a file to stored pairs, including the changes of earlier rows."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.vocabulary import PairStatus


class EarlierRows:
    """The pairs that earlier rows of a file add or change, where the rows are only checked."""

    def __init__(self) -> None:
        self._by_key: dict[str, QAPair] = {}
        self._by_question: dict[str, list[QAPair]] = {}

    def add(self, pair: QAPair) -> None:
        """Keep what later rows need of ``pair``, above all its key, question and status."""
        kept = QAPair(
            key=pair.key,
            question_key=pair.question_key,
            status=pair.status,
            area=pair.area,
            unit_id=pair.unit_id,
            effective_from=pair.effective_from,
            created_at=pair.created_at,
            updated_at=pair.updated_at,
        )
        self._by_key[kept.key] = kept
        self._by_question.setdefault(kept.question_key, []).append(kept)

    def about(self, keys: Sequence[str], question_keys: Sequence[str]) -> list[QAPair]:
        """Return the pairs that have one of the keys or one of the questions."""
        found = [self._by_key[key] for key in keys if key in self._by_key]
        return found + [p for key in question_keys for p in self._by_question.get(key, [])]

    def instead_of(self, pair: QAPair) -> QAPair:
        """Return what an earlier row made of a stored pair, or the pair itself."""
        return self._by_key.get(pair.key, pair)


class KnownPairs:
    """The pairs that the rows of a batch may refer to, loaded together and updated by row."""

    def __init__(
        self,
        session: Session,
        keys: Sequence[str],
        question_keys: Sequence[str],
        earlier: EarlierRows,
    ) -> None:
        self._by_key = queries.find_by_keys(session, keys)
        self._by_question: dict[str, list[QAPair]] = {}
        asked = queries.find_by_question_keys(session, question_keys)
        for pair in asked:
            self._by_question.setdefault(pair.question_key, []).append(pair)
        ids = {stored_id(pair) for pair in (*asked, *self._by_key.values())}
        views = queries.view_pairs(session, ids, day=date.min)
        self._contents = {view.key: view.content for view in views}
        self._drafts = {
            pair.key: queries.version_content(session, queries.version_in_work(session, pair))
            for pair in (*asked, *self._by_key.values())
            if pair.draft_version_id is not None
        }
        self._put_earlier(earlier, keys, question_keys)

    def find(self, key: str | None, question_key: str) -> QAPair | None:
        """Return the pair of ``key`` or, without a key, the pair with the question; or None."""
        if key is not None:
            return self._by_key.get(key)
        asking = self._asking(question_key)
        return self.active(question_key) or (asking[-1] if asking else None)

    def active(self, question_key: str) -> QAPair | None:
        """Return the pair with the question that is not withdrawn; or None."""
        asking = self._asking(question_key)
        return next((pair for pair in asking if pair.status is not PairStatus.WITHDRAWN), None)

    def content_of(self, pair: QAPair) -> PairContent:
        """Return the content of a stored pair before this file."""
        return self._contents[pair.key]

    def content_before(self, pair: QAPair) -> PairContent | None:
        """Return the content of a pair before this file; None for one this file adds."""
        return self._contents.get(pair.key)

    def content_in_work(self, pair: QAPair) -> PairContent:
        """Return the draft content of a stored pair, or else its content before this file."""
        return self._drafts.get(pair.key) or self._contents[pair.key]

    def add(self, pair: QAPair) -> None:
        """Add a pair that a row has created or changed."""
        self._by_key[pair.key] = pair
        asking = self._by_question.setdefault(pair.question_key, [])
        if all(other is not pair for other in asking):
            asking.append(pair)

    def _put_earlier(
        self, earlier: EarlierRows, keys: Sequence[str], question_keys: Sequence[str]
    ) -> None:
        """Put what earlier rows made of pairs in the place of what is stored."""
        self._by_key = {key: earlier.instead_of(pair) for key, pair in self._by_key.items()}
        for pairs in self._by_question.values():
            pairs[:] = map(earlier.instead_of, pairs)
        for pair in earlier.about(keys, question_keys):
            self.add(pair)

    def _asking(self, question_key: str) -> list[QAPair]:
        """Return the pairs that have the question at this point of the file."""
        # An earlier row may have changed the question of a pair.
        found = self._by_question.get(question_key, [])
        return [pair for pair in found if pair.question_key == question_key]
