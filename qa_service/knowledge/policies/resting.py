"""Pairs that rest on a document, told by question."""

from dataclasses import dataclass

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
        select(QAPair, QAVersion, Unit.name, col(QAPair.current_version_id).in_(citing))
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(
            or_(
                col(QAPair.current_version_id).in_(citing),
                col(QAPair.draft_version_id).in_(citing),
            )
        )
        .order_by(col(QAPair.id))
    )
    return [
        RestingAnswer(
            pair_id=pair.id or 0,
            question=version.question,
            unit_id=pair.unit_id,
            unit_name=unit_name,
            status=pair.status,
            only_in_draft=not is_current,
        )
        for pair, version, unit_name, is_current in session.exec(statement).all()
    ]
