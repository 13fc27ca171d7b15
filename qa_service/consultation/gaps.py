"""Knowledge gaps (知识缺口): unanswered questions, clustered by similarity."""

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.knowledge.pairs.record.content import QUESTION_CHARACTERS
from qa_service.ledger.models import LedgerEntry
from qa_service.text.guards.compare import GuardSet, do_conflict, guards_of
from qa_service.text.normalise import normalise
from qa_service.text.privacy.masking import MARKERS
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

ALIKE = 0.5
"""Least share of common words (Jaccard, 1901) at which two questions are one gap."""

GAP_DAYS = 30
"""Days whose questions make up the gaps unless others are asked for."""

COMPARED = 3_000
"""Number of unanswered questions that are clustered, the newest first."""

LEADERS = 30
"""Most gaps that one question is compared with by guard words, those with the most common words.

Ordinary questions share half of their words with far fewer; questions that differ in a number
alone share them with one another.
"""

_ASKED_NOTHING = (ChoiceOutcome.TRANSFERRED, ChoiceOutcome.DISMISSED)
"""Outcomes of questions that the bank need not answer."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A cluster of similar unanswered questions: the commonest wording, the others, the count.

    ``registered`` is the number of them that await a unit's reply in the ledger, ``asked`` are the
    consultations, the newest first.
    """

    consultation_id: str
    question: str
    wordings: tuple[str, ...]
    count: int
    registered: int
    last_asked: datetime
    asked: tuple[str, ...]


def find_gaps(
    session: Session, tokenizer: Tokenizer, *, now: datetime, days: int, limit: int = 50
) -> list[Gap]:
    """Return the gaps of the last ``days``, the most asked first.

    Includes questions without a match and those for which the operator chose no candidate.
    Excludes questions that hold personal data, transferred calls (转接) and 无需处理.
    """
    leaders = _Leaders()
    for asked in _unanswered(session, now - timedelta(days=days)):
        terms = _terms(tokenizer, asked)
        if terms and not any(cluster.take(asked, terms) for cluster in leaders.alike(terms)):
            leaders.add(_Cluster(asked, terms))
    clusters = sorted(
        leaders.clusters, key=lambda cluster: (-len(cluster.members), cluster.leader.asked_at)
    )
    return [cluster.gap() for cluster in clusters[:limit]]


def find_gap(
    session: Session, tokenizer: Tokenizer, consultation_id: str, *, now: datetime, days: int
) -> Gap | None:
    """Return the gap whose leader is a consultation of the last ``days``, or None.

    Compares only the leader with the questions asked before it, so a question similar to two
    leaders is counted here even if ``find_gaps`` counts it with the other.
    """
    cluster: _Cluster | None = None
    for asked in _unanswered(session, now - timedelta(days=days)):
        if asked.consultation_id == consultation_id:
            cluster = _Cluster(asked, _terms(tokenizer, asked))
        elif cluster is not None:
            cluster.take(asked, _terms(tokenizer, asked))
    return cluster.gap() if cluster is not None and cluster.terms else None


@dataclass(frozen=True)
class _Asked:
    """An unanswered question, and whether it is registered in the ledger."""

    consultation_id: str
    question: str
    asked_at: datetime
    is_registered: bool

    @cached_property
    def guards(self) -> GuardSet:
        """Return the guard words, found once however many clusters it is compared with."""
        return guards_of(self.question)


class _Cluster:
    """Questions similar to the first of them (leader clustering, Hartigan, 1975)."""

    def __init__(self, leader: _Asked, terms: frozenset[str]) -> None:
        self.leader = leader
        self.terms = terms
        self.members = [leader]

    def take(self, asked: _Asked, terms: frozenset[str]) -> bool:
        """Add a question if it is similar to the leader; return whether it was added."""
        if not terms or len(self.terms & terms) < ALIKE * len(self.terms | terms):
            return False
        if do_conflict(self.leader.guards, asked.guards):
            return False
        self.members.append(asked)
        return True

    def gap(self) -> Gap:
        """Return the cluster as a gap."""
        counted = Counter(asked.question for asked in self.members)
        common = [question for question, _ in counted.most_common()]
        return Gap(
            consultation_id=self.leader.consultation_id,
            question=common[0],
            wordings=tuple(common[1:]),
            count=len(self.members),
            registered=sum(asked.is_registered for asked in self.members),
            last_asked=self.leader.asked_at,
            asked=tuple(asked.consultation_id for asked in self.members),
        )


class _Leaders:
    """Clusters in the order they began, found by the words of their leaders."""

    def __init__(self) -> None:
        self.clusters: list[_Cluster] = []
        self._sizes = array("i")
        self._having: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))

    def add(self, cluster: _Cluster) -> None:
        """Add a cluster after the others."""
        for term in cluster.terms:
            self._having[term].append(len(self.clusters))
        self._sizes.append(len(cluster.terms))
        self.clusters.append(cluster)

    def alike(self, terms: frozenset[str]) -> list[_Cluster]:
        """Return the clusters, in order, whose leaders share enough words; ``LEADERS`` at most."""
        having = [np.array(self._having[term]) for term in terms if term in self._having]
        if not having:
            return []
        common = np.bincount(np.concatenate(having), minlength=len(self.clusters))
        shares = common / (np.array(self._sizes) + len(terms) - common)
        found = np.flatnonzero(shares >= ALIKE)
        nearest = np.argsort(-shares[found], kind="stable")[:LEADERS]
        return [self.clusters[place] for place in np.sort(found[nearest])]


def _terms(tokenizer: Tokenizer, asked: _Asked) -> frozenset[str]:
    return frozenset(tokenizer.tokens(normalise(asked.question)))


def count_unanswered(session: Session, *, since: datetime) -> int:
    """Return how many questions since ``since`` the bank did not answer, alike or not."""
    statement = (
        select(func.count(col(Consultation.id)))
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .where(*_is_unanswered(since))
    )
    return session.exec(statement).one()


def _is_unanswered(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Consultation.created_at) >= since,
        col(Choice.pair_id).is_(None),
        or_(col(Choice.outcome).is_(None), col(Choice.outcome).not_in(_ASKED_NOTHING)),
        or_(
            col(Consultation.verdict) == Verdict.UNMATCHED,
            col(Choice.consultation_id).is_not(None),
        ),
    )


def _unanswered(session: Session, since: datetime) -> list[_Asked]:
    statement = (
        select(Consultation.id, Consultation.question, Consultation.created_at, LedgerEntry.id)
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .join(LedgerEntry, col(LedgerEntry.consultation_id) == Consultation.id, isouter=True)
        .where(*_is_unanswered(since))
        .order_by(col(Consultation.created_at).desc(), col(Consultation.id))
        .limit(COMPARED)
    )
    return [
        _Asked(consultation_id, question, asked_at, entry_id is not None)
        for consultation_id, question, asked_at, entry_id in session.exec(statement).all()
        if _is_usable(question)
    ]


def _is_usable(question: str) -> bool:
    is_personal = any(mark in question for mark in MARKERS.values())
    return len(question) <= QUESTION_CHARACTERS and not is_personal
