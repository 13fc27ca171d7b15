"""The answers that fell with a document, kept so that a slip can be taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.policy_models import FallenAnswer, PolicyEnding
from qa_service.vocabulary import EndingState


def last_ending(session: Session, document_id: int) -> PolicyEnding | None:
    """Return the last proposed end of the document, whatever became of it, or None."""
    statement = select(PolicyEnding).where(PolicyEnding.document_id == document_id)
    return session.exec(statement.order_by(col(PolicyEnding.id).desc()).limit(1)).first()


def note_fallen(
    session: Session, ending: PolicyEnding | None, pairs: Sequence[QAPair], *, now: datetime
) -> None:
    """Keep the pairs that fall with ``ending``, with the hash of what each says now.

    A document that ended without an ending, by a file or in an earlier release, keeps none.
    """
    if ending is None or ending.state not in (EndingState.PROPOSED, EndingState.CONFIRMED):
        return
    known = set(
        session.exec(select(FallenAnswer.pair_id).where(FallenAnswer.ending_id == ending.id)).all()
    )
    versions = [pair.current_version_id for pair in pairs if pair.id not in known]
    statement = select(QAVersion).where(col(QAVersion.id).in_(versions))
    session.add_all(
        FallenAnswer(
            ending_id=ending.id or 0,
            pair_id=version.pair_id,
            content_hash=version.content_hash,
            fell_at=now,
        )
        for version in session.exec(statement).all()
    )
    session.flush()


def unchanged_pairs(session: Session, ending: PolicyEnding) -> list[QAPair]:
    """Return the pairs that fell with ``ending`` and say what they said, by id."""
    statement = (
        select(QAPair)
        .join(FallenAnswer, col(FallenAnswer.pair_id) == QAPair.id)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(
            FallenAnswer.ending_id == ending.id,
            QAVersion.content_hash == FallenAnswer.content_hash,
        )
        .order_by(col(QAPair.id))
    )
    return list(session.exec(statement).all())


def fallen_pairs(session: Session, ending: PolicyEnding) -> list[QAPair]:
    """Return every pair that fell with ``ending``, by id."""
    statement = (
        select(QAPair)
        .join(FallenAnswer, col(FallenAnswer.pair_id) == QAPair.id)
        .where(FallenAnswer.ending_id == ending.id)
        .order_by(col(QAPair.id))
    )
    return list(session.exec(statement).all())
