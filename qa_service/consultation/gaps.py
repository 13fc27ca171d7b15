"""Knowledge gaps (知识缺口): what callers asked and the bank lacks, alike ones together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from qa_service.consultation.models import Choice, Consultation
from qa_service.knowledge.pairs.content import QUESTION_CHARACTERS
from qa_service.ledger.models import LedgerEntry
from qa_service.text.guards.compare import compare_guards, guards_of
from qa_service.text.normalise import normalise
from qa_service.text.privacy.masking import MARKERS
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

ALIKE = 0.5
"""Share of common words (Jaccard, 1901) from which two questions are put together."""

COMPARED = 3_000
"""The newest unanswered questions that are looked at."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions nearly alike that the bank lacks: the commonest wording, the others, and how many.

    ``registered`` of them wait in the ledger for the unit's reply.
    """

    consultation_id: str
    question: str
    wordings: tuple[str, ...]
    count: int
    registered: int
    last_asked: datetime


def find_gaps(
    session: Session, tokenizer: Tokenizer, *, now: datetime, days: int, limit: int = 50
) -> list[Gap]:
    """Gaps of the last ``days``, the most asked first.

    A question counts when it was unmatched, or when the operator chose none of the offered.
    Questions that hold personal data are left out.
    """
    clusters: list[_Cluster] = []
    for consultation, is_registered in _unanswered(session, now - timedelta(days=days)):
        terms = frozenset(tokenizer.tokens(normalise(consultation.question)))
        if terms:
            _join(clusters, consultation, terms, is_registered)
    clusters.sort(key=lambda cluster: (-len(cluster.questions), cluster.first.created_at))
    return [cluster.gap() for cluster in clusters[:limit]]


def gap_of(gaps: Iterable[Gap], consultation_id: str) -> Gap | None:
    """The gap that is led by a consultation, or None."""
    return next((gap for gap in gaps if gap.consultation_id == consultation_id), None)


@dataclass(slots=True)
class _Cluster:
    """Questions alike the first of them (leader clustering, Hartigan, 1975)."""

    first: Consultation
    terms: frozenset[str]
    questions: list[str]
    last_asked: datetime
    registered: int

    def takes(self, question: str, terms: frozenset[str]) -> bool:
        if len(self.terms & terms) < ALIKE * len(self.terms | terms):
            return False
        ours, theirs = guards_of(self.first.question), guards_of(question)
        return not compare_guards(ours, theirs).conflicts

    def gap(self) -> Gap:
        common = [question for question, _ in Counter(self.questions).most_common()]
        return Gap(
            consultation_id=self.first.id,
            question=common[0],
            wordings=tuple(common[1:]),
            count=len(self.questions),
            registered=self.registered,
            last_asked=self.last_asked,
        )


def _join(
    clusters: list[_Cluster], asked: Consultation, terms: frozenset[str], is_registered: bool
) -> None:
    for cluster in clusters:
        if cluster.takes(asked.question, terms):
            cluster.questions.append(asked.question)
            cluster.registered += is_registered
            return
    clusters.append(_Cluster(asked, terms, [asked.question], asked.created_at, int(is_registered)))


def _unanswered(session: Session, since: datetime) -> Sequence[tuple[Consultation, bool]]:
    statement = (
        select(Consultation, LedgerEntry.id)
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .join(LedgerEntry, col(LedgerEntry.consultation_id) == Consultation.id, isouter=True)
        .where(
            col(Consultation.created_at) >= since,
            col(Choice.pair_id).is_(None),
            or_(
                Consultation.verdict == Verdict.UNMATCHED,
                col(Choice.consultation_id).is_not(None),
            ),
        )
        .order_by(col(Consultation.created_at).desc())
        .limit(COMPARED)
    )
    rows = session.exec(statement).all()
    return [
        (consultation, entry_id is not None)
        for consultation, entry_id in rows
        if _is_usable(consultation.question)
    ]


def _is_usable(question: str) -> bool:
    is_personal = any(mark in question for mark in MARKERS.values())
    return len(question) <= QUESTION_CHARACTERS and not is_personal
