"""Availability of pairs on a day: whether each may be shown, in which version, and to whom.

A search asks it of every pair that it proposes, and reads the contents of the few it shows alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.rules import is_showable
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import PairStatus, Validity


@dataclass(frozen=True, slots=True)
class PairAvailability:
    """A pair in its current version: its number, whether it is shown, and for whom it is.

    ``showable`` as in ``PairView``; ``is_limited`` tells that it is for its audience alone.
    """

    pair_id: int
    version: int
    revision: int
    showable: bool
    audience: str
    region: str
    is_limited: bool


class _Current(NamedTuple):
    """The columns of a pair and its version."""

    pair_id: int
    status: PairStatus
    effective_from: date
    expires_on: date | None
    ground_reason: str | None
    revision: int
    number: int
    audience: str
    region: str
    limited_reason: str


class _Cited(NamedTuple):
    """The columns of a document that the version cites."""

    title: str
    validity: Validity
    invalid_since: date | None
    effective_from: date | None
    is_public: bool


# Built once, with plain columns and one line a citation: every search runs it.
_AVAILABILITY = (
    sa_select(
        col(QAPair.id),
        col(QAPair.status),
        col(QAPair.effective_from),
        col(QAPair.expires_on),
        col(QAPair.ground_reason),
        col(QAPair.revision),
        col(QAVersion.number),
        col(QAVersion.audience),
        col(QAVersion.region),
        col(QAVersion.limited_reason),
        col(PolicyDocument.title),
        col(PolicyDocument.validity),
        col(PolicyDocument.invalid_since),
        col(PolicyDocument.effective_from),
        col(PolicyDocument.is_public),
    )
    .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
    .outerjoin(PairBasis, col(PairBasis.version_id) == QAVersion.id)
    .outerjoin(PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
    .where(col(QAPair.id).in_(bindparam("pair_ids", expanding=True)))
)


def availability_of(
    session: Session, pair_ids: Sequence[int], *, day: date
) -> list[PairAvailability]:
    """Return how the pairs stand on ``day``, in that order; unknown ids are left out."""
    if not pair_ids:
        return []
    of_pair = len(_Current._fields)
    held: dict[int, tuple[_Current, list[_Cited]]] = {}
    for row in read_columns(session, _AVAILABILITY, {"pair_ids": list(pair_ids)}):
        _, cited = held.setdefault(row[0], (_Current(*row[:of_pair]), []))
        # A pair without a basis has one line, without a document.
        if row[of_pair] is not None:
            cited.append(_Cited(*row[of_pair:]))
    return [_availability(*held[pair_id], day=day) for pair_id in pair_ids if pair_id in held]


def _availability(pair: _Current, cited: Sequence[_Cited], *, day: date) -> PairAvailability:
    return PairAvailability(
        pair_id=pair.pair_id,
        version=pair.number,
        revision=pair.revision,
        showable=is_showable(pair, cited, day),
        audience=pair.audience,
        region=pair.region,
        is_limited=pair.limited_reason != "",
    )
