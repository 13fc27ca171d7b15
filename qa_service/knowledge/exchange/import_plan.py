"""Plan of an import batch: the effect of each row, decided in the order of the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem
from qa_service.knowledge.exchange.import_report import RowReport
from qa_service.knowledge.exchange.matching import KnownPairs
from qa_service.knowledge.exchange.rows.pair_columns import PairRow
from qa_service.knowledge.exchange.wordings_in_use import WordingsInUse
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.queries import holds_reviewed
from qa_service.knowledge.pairs.record.content import PairContent, question_key
from qa_service.knowledge.pairs.record.rules import InvalidPairError, written_texts
from qa_service.knowledge.pairs.service import DuplicateQuestionError, NotPublishableError
from qa_service.knowledge.pairs.writing import (
    PairRevision,
    References,
    new_key,
    new_pair,
    set_content,
)
from qa_service.knowledge.review.text_checks import Finding
from qa_service.knowledge.rules import imported_status, obstacles_to_publishing
from qa_service.vocabulary import REASON_CHARACTERS, AdoptedFrom, ImportOutcome, PairStatus

FindForbidden = Callable[[Mapping[str, str]], Sequence[Finding]]
"""Finds marks of secrecy and blocked words in texts by their field."""

WITHDRAWN_BY_FILE = "导入文件标为已撤回"


class DuplicateRowError(ConflictError):
    """Another row of the file is about the same pair."""

    code = "duplicate_row"
    title = "文件内重复"


@dataclass(frozen=True, slots=True)
class _Decision:
    """The effect of one row; ``pair`` and ``before`` are None when it adds a pair."""

    parsed: PairRow
    pair: QAPair | None
    before: PairContent | None
    status: PairStatus
    obstacles: str

    @property
    def changes_nothing(self) -> bool:
        """Return whether the pair has this content and this status already."""
        return (
            self.pair is not None
            and self.before == self.parsed.content
            and self.status is self.pair.status
        )

    @property
    def withdrawn_reason(self) -> str | None:
        """Return why the pair is withdrawn, or None where it is not."""
        if self.status is not PairStatus.WITHDRAWN:
            return None
        if self.parsed.status is PairStatus.WITHDRAWN:
            return self.parsed.withdrawn_reason or WITHDRAWN_BY_FILE
        if self.pair is not None and self.pair.status is PairStatus.WITHDRAWN:
            return self.obstacles[:REASON_CHARACTERS] or self.pair.withdrawn_reason
        return self.obstacles[:REASON_CHARACTERS]


@dataclass(slots=True)
class ImportPlan:
    """A batch of rows: the known state of their pairs, and the writes decided so far.

    ``row_of`` maps the key of every pair in the file, over all batches, to its row;
    ``searchable`` are the pairs that enter, leave or change in the search; ``draft_revisions``
    are new versions of published pairs that wait for review (import as drafts).
    ``adopted_from`` marks what is published without signatures. ``find_forbidden`` returns what
    no text that is published may hold.
    """

    known: KnownPairs
    references: References
    row_of: dict[str, int]
    now: datetime
    publish: bool
    adopted_from: AdoptedFrom
    in_use: WordingsInUse
    find_forbidden: FindForbidden
    wordings: list[PairRevision] = field(default_factory=list)
    draft_revisions: list[PairRevision] = field(default_factory=list)
    searchable: list[QAPair] = field(default_factory=list)

    def add(self, number: int, parsed: PairRow) -> RowReport:
        """Add row ``number`` to the plan and return its report; nothing is written.

        Raises InvalidPairError, DuplicateRowError, DuplicateQuestionError,
        NotPublishableError or WordingInUseError, leaving the plan as it was.
        """
        self.references.check(parsed.content, self._standing(parsed))
        decision = self._decide(parsed)
        overlap = ""
        if decision.pair is not None and decision.changes_nothing:
            pair, outcome = decision.pair, ImportOutcome.UNCHANGED
        else:
            self._refuse_conflicts(decision)
            overlap = self._overlap(decision)
            pair, outcome = self._carry_out(decision)
        self.row_of[pair.key] = number
        self.in_use.add(number, pair, parsed.content)
        reason = pair.withdrawn_reason if pair.status is PairStatus.WITHDRAWN else None
        note = f"已撤回，不对外显示：{reason}" if reason else ""
        if outcome is ImportOutcome.CHANGED and self._only_rewrites(pair):
            note = "已存为修改稿，审定前仍按原答复"
        note = "；".join(filter(None, (note, overlap)))
        is_written = outcome is not ImportOutcome.UNCHANGED and self.publish
        unsigned = is_written and pair.adopted_from is not None
        return RowReport(number, outcome, pair.key, note=note, unsigned=unsigned)

    def _standing(self, parsed: PairRow) -> PairContent | None:
        """Return the content whose retired unit or area a row may repeat."""
        if parsed.status is PairStatus.WITHDRAWN:
            return parsed.content
        pair = self.known.find(parsed.key, question_key(parsed.content.question))
        return self.known.content_before(pair) if pair is not None else None

    def _decide(self, parsed: PairRow) -> _Decision:
        """Return the effect of a row; raises DuplicateRowError for a pair of an earlier row."""
        pair = self.known.find(parsed.key, question_key(parsed.content.question))
        if pair is not None and pair.key in self.row_of:
            raise DuplicateRowError(f"与第{self.row_of[pair.key]}行是同一条问答，请删去一行")
        before = None
        if pair is not None:
            is_rewriting = self._only_rewrites(pair)
            known = self.known
            before = known.content_in_work(pair) if is_rewriting else known.content_of(pair)
        basis = self.references.basis_of(parsed.content)
        obstacles = obstacles_to_publishing(parsed.content.expires_on, basis, beijing_day(self.now))
        status = imported_status(
            pair.status if pair is not None else None,
            parsed.status,
            publish=self.publish,
            reworded=before != parsed.content,
            obstacles=obstacles,
        )
        return _Decision(parsed, pair, before, status, "；".join(obstacles))

    def _refuse_conflicts(self, decision: _Decision) -> None:
        """Raise for an effect that the rules or an earlier row do not allow."""
        if decision.status is PairStatus.WITHDRAWN:
            return
        if self.publish and decision.status is PairStatus.PUBLISHED:
            self._refuse_forbidden(decision.parsed.content)
        is_current = decision.pair is None or not self._only_rewrites(decision.pair)
        if decision.status is PairStatus.PUBLISHED and is_current and decision.obstacles:
            raise NotPublishableError(decision.obstacles)
        other = self.known.active(question_key(decision.parsed.content.question))
        if other is None or other is decision.pair:
            return
        if other.key in self.row_of:
            raise DuplicateRowError(f"标准问题与第{self.row_of[other.key]}行相同，请删去一行")
        before = self.known.content_before(other)
        question = before.question if before else decision.parsed.content.question
        raise DuplicateQuestionError(
            f"标准问题与已有的问答“{question}”相同，请在“编号”列填写 {other.key}，或改写问题"
        )

    def _refuse_forbidden(self, content: PairContent) -> None:
        """Raise InvalidPairError for marks of secrecy and blocked words in the content."""
        found = self.find_forbidden(written_texts(content))
        if found:
            problems = tuple(FieldProblem(one.field, one.message) for one in found)
            raise InvalidPairError("含有不得发布的内容，请按提示修改", problems=problems)

    def _overlap(self, decision: _Decision) -> str:
        """Return which wordings of the row other pairs have; raises WordingInUseError."""
        if decision.status is PairStatus.WITHDRAWN:
            return ""
        is_published = self.publish and decision.status is PairStatus.PUBLISHED
        content = decision.parsed.content
        return self.in_use.note(decision.pair, content, is_published=is_published)

    def _only_rewrites(self, pair: QAPair) -> bool:
        """Return whether the row only drafts a new version of a published pair."""
        return not self.publish and holds_reviewed(pair)

    def _carry_out(self, decision: _Decision) -> tuple[QAPair, ImportOutcome]:
        """Add the writes of a decision to the plan; return its pair and outcome."""
        content, pair = decision.parsed.content, decision.pair
        if pair is not None and self._only_rewrites(pair):
            self.draft_revisions.append(PairRevision(pair, content, decision.before))
            return pair, ImportOutcome.CHANGED
        reason = decision.withdrawn_reason
        was_searchable = pair is not None and pair.status is PairStatus.PUBLISHED
        if pair is None:
            key = decision.parsed.key or new_key()
            pair = new_pair(key, content, self.references, now=self.now)
        else:
            set_content(pair, content, self.references, now=self.now)
            if decision.before != content:
                pair.ground_reason = None  # was written for the content that this replaces
        pair.status, pair.withdrawn_reason = decision.status, reason
        is_published = decision.status is PairStatus.PUBLISHED
        pair.adopted_from = self.adopted_from if is_published else None
        if was_searchable or decision.status is PairStatus.PUBLISHED:
            self.searchable.append(pair)
        self.known.add(pair)
        self.wordings.append(PairRevision(pair, content, decision.before))
        return pair, ImportOutcome.ADDED if decision.pair is None else ImportOutcome.CHANGED
