"""Pairs that rest on a document, told by question."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.accounts.models import Unit
from qa_service.knowledge.models import PairBasis, QAPair, QAVersion
from qa_service.vocabulary import PairStatus

READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RestingPair:
    """A pair that cites a document; ``only_in_draft`` if its reviewed version does not.

    ``has_ground`` if a further person stated why it is published without a public basis.
    """

    pair_id: int
    unit_id: int
    status: PairStatus
    only_in_draft: bool
    has_ground: bool

    @property
    def falls(self) -> bool:
        """Return whether the end of the document takes the answer from the public."""
        return self.status is PairStatus.PUBLISHED and not self.only_in_draft

    @property
    def loses_basis(self) -> bool:
        """Return whether the answer may not be told once the document is not public."""
        return self.falls and not self.has_ground


@dataclass(frozen=True, slots=True)
class RestingAnswer(RestingPair):
    """A pair that cites a document, with what a list shows of it."""

    question: str
    unit_name: str


def pairs_resting_on(session: Session, document_id: int) -> list[RestingPair]:
    """Return the pairs whose current version or version in work cites the document, by id."""
    citing = select(PairBasis.version_id).where(PairBasis.document_id == document_id)
    statement = (
        sa_select(
            col(QAPair.id),
            col(QAPair.unit_id),
            col(QAPair.status),
            ~col(QAPair.current_version_id).in_(citing),
            func.coalesce(col(QAPair.ground_reason), "") != "",
        )
        .where(
            or_(
                col(QAPair.current_version_id).in_(citing),
                col(QAPair.draft_version_id).in_(citing),
            )
        )
        .order_by(col(QAPair.id))
    )
    return [RestingPair(*row) for row in session.execute(statement).all()]


def described(session: Session, pairs: Sequence[RestingPair]) -> list[RestingAnswer]:
    """Return the pairs with question and unit, in their order; of thousands, those shown alone."""
    told: dict[int, tuple[str, str]] = {}
    statement = (
        sa_select(col(QAPair.id), col(QAVersion.question), col(Unit.name))
        .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
    )
    for start in range(0, len(pairs), READ_AT_ONCE):
        ids = [one.pair_id for one in pairs[start : start + READ_AT_ONCE]]
        rows = session.execute(statement.where(col(QAPair.id).in_(ids))).all()
        told |= {pair_id: (question, unit) for pair_id, question, unit in rows}
    return [
        RestingAnswer(
            one.pair_id,
            one.unit_id,
            one.status,
            one.only_in_draft,
            one.has_ground,
            *told[one.pair_id],
        )
        for one in pairs
        if one.pair_id in told
    ]


def units_losing(session: Session, pairs: Sequence[RestingPair]) -> list[tuple[str, int]]:
    """Return the units of the pairs that lose their public basis, and how many of each do."""
    losing = described(session, [one for one in pairs if one.loses_basis])
    return Counter(one.unit_name for one in losing).most_common()


def resting_ids(document_id: int) -> Select[int | None]:
    """Return the statement of the ids of the pairs whose current version cites the document."""
    citing = sa_select(col(PairBasis.version_id)).where(col(PairBasis.document_id) == document_id)
    return sa_select(col(QAPair.id)).where(col(QAPair.current_version_id).in_(citing))
