"""Consequences of the end of a policy document: answers, callers told, ledger entries.

Reads alone: call it before the write transaction that proposes the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qa_service.consultation.callbacks.told_answers import count_told
from qa_service.knowledge.models import PolicyDocument, stored_id
from qa_service.knowledge.policies.resting import RestingPair, pairs_resting_on, resting_ids
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.resting import entries_resting_on
from qa_service.vocabulary import PairStatus


@dataclass(frozen=True, slots=True)
class Consequences:
    """The things that rest on a document; ``callers`` counts those told one of its answers."""

    pairs: Sequence[RestingPair]
    callers: int
    entries: Sequence[LedgerEntry]

    def falling(self) -> list[RestingPair]:
        """Return the published answers that fall."""
        return [one for one in self.pairs if one.falls]

    def suspended(self) -> list[RestingPair]:
        """Return the answers that are suspended until the end is decided."""
        return [
            one
            for one in self.pairs
            if one.status is PairStatus.SUSPENDED and not one.only_in_draft
        ]


def consequences_of(
    session: Session, document: PolicyDocument, *, now: datetime, days: int
) -> Consequences:
    """Return what falls if ``document`` ends; callers are those of the last ``days``."""
    ids = resting_ids(stored_id(document))
    return Consequences(
        pairs=pairs_resting_on(session, stored_id(document)),
        callers=count_told(session, ids, now=now, days=days),
        entries=entries_resting_on(session, document.key, ids),
    )
