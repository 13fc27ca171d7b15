"""Pairs that rest on a document, told by question."""

from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.accounts.models import Unit
from qa_service.knowledge.models import PairBasis, QAPair, QAVersion
from qa_service.vocabulary import PairStatus


@dataclass(frozen=True, slots=True)
class RestingAnswer:
    """A pair that cites a document; ``only_in_draft`` if its reviewed version does not."""

    pair_id: int
    question: str
    unit_id: int
    unit_name: str
    status: PairStatus
    only_in_draft: bool

    @property
    def falls(self) -> bool:
        """Return whether the end of the document takes the answer from the public."""
        return self.status is PairStatus.PUBLISHED and not self.only_in_draft


def answers_resting_on(session: Session, document_id: int) -> list[RestingAnswer]:
    """Return the pairs whose current version or version in work cites the document, by id."""
    citing = select(PairBasis.version_id).where(PairBasis.document_id == document_id)
    statement = (
        sa_select(
            col(QAPair.id),
            col(QAVersion.question),
            col(QAPair.unit_id),
            col(Unit.name),
            col(QAPair.status),
            ~col(QAPair.current_version_id).in_(citing),
        )
        .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(
            or_(
                col(QAPair.current_version_id).in_(citing),
                col(QAPair.draft_version_id).in_(citing),
            )
        )
        .order_by(col(QAPair.id))
    )
    return [RestingAnswer(*row) for row in session.execute(statement).all()]


def resting_ids(document_id: int) -> Select[int | None]:
    """Return the statement of the ids of the pairs whose current version cites the document."""
    citing = sa_select(col(PairBasis.version_id)).where(col(PairBasis.document_id) == document_id)
    return sa_select(col(QAPair.id)).where(col(QAPair.current_version_id).in_(citing))
