"""Outcomes of searches at the desk, told again as long as all they rest on is as it was.

Many citizens ask the same on one day, and a search reads a question with two models. An outcome is
told again only if the bank's revision is the same and every answer in it, with its basis, unit and
standing, is read from the database as it was then; a withdrawal is therefore seen by the next
question. Of the questions themselves nothing is kept but a keyed hash.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock

from sqlmodel import Session

from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.knowledge.pairs.overlap.contradictions import contested_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.revision import bank_stamp
from qa_service.vocabulary import AreaKey, Verdict

KEPT = 500
"""Outcomes kept in a process; each takes about 20 kB."""

FRESH = timedelta(minutes=1)
"""Time after which a search is made anew: a document that became public changes no revision."""

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: the words without personal data, and what it is bounded by."""

    text: str = field(repr=False)
    area: AreaKey | None
    narrowed: Narrowing
    day: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a search: its verdict, and the answers it named, best first."""

    verdict: Verdict
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground of an outcome: the bank's stamp, and a hash of the answers as they stand."""

    stamp: tuple[str, int, int]
    answers: str

    @classmethod
    def of(cls, session: Session, candidates: Sequence[Candidate], *, day: date) -> "Ground":
        """Return the ground of these answers as the database has them on ``day``."""
        ids = [one.qa_id for one in candidates]
        views = view_pairs(session, ids, day=day, with_variants=False)
        contested = sorted(contested_ids(session, ids, day=day))
        read = hashlib.sha256(repr((views, contested)).encode()).hexdigest()
        return cls(bank_stamp(session), read)


@dataclass(frozen=True, slots=True)
class _Kept:
    outcome: Outcome
    ground: Ground
    until: datetime


class KeptSearches:
    """The outcomes that one process keeps, those asked for last; ``most`` of 0 keeps none."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._key = os.urandom(_KEY_BYTES)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = Lock()

    def find(self, session: Session, asked: Asked, *, now: datetime) -> Outcome | None:
        """Return the outcome of the same search if it still holds, else None."""
        name = self._name(asked)
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
        # A clock that was set back makes nothing last longer.
        if kept is None or not kept.until - FRESH <= now < kept.until:
            return None
        holds = Ground.of(session, kept.outcome.candidates, day=asked.day) == kept.ground
        return kept.outcome if holds else None

    def keep(self, asked: Asked, outcome: Outcome, ground: Ground, *, now: datetime) -> None:
        """Keep an outcome; ``ground`` must have been read no later than the search."""
        name = self._name(asked)
        with self._lock:
            self._kept[name] = _Kept(outcome, ground, now + FRESH)
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def _name(self, asked: Asked) -> bytes:
        """Return the name of a search: without the key of this process nobody can tell which."""
        written = repr(astuple(asked)).encode()
        return hashlib.blake2b(written, key=self._key, digest_size=16).digest()
