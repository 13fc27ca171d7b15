"""Accepted wordings that another version leaves out unseen: they are offered again."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from qa_service.knowledge.models import (
    QAVersion,
    QuestionVariant,
    SuggestedVariant,
    SuggestionState,
)
from qa_service.knowledge.pairs.record.content import question_key
from qa_service.vocabulary import VariantOrigin


def offer_again(session: Session, dropped: Sequence[QuestionVariant]) -> None:
    """Offer those of the ``dropped`` variants again that were accepted and no version holds.

    Such a wording was accepted after its author began a version, and is not in what was
    signed. One that a version holds was seen, and left out on purpose.
    """
    accepted = [row for row in dropped if row.origin is VariantOrigin.OPERATOR_CHOICE]
    if not accepted:
        return
    pair_ids = {row.pair_id for row in accepted}
    versions = select(QAVersion.pair_id, QAVersion.variants).where(
        col(QAVersion.pair_id).in_(pair_ids)
    )
    held = {(pair_id, text) for pair_id, texts in session.exec(versions) for text in texts}
    unseen = {
        (row.pair_id, question_key(row.text))
        for row in accepted
        if (row.pair_id, row.text) not in held
    }
    statement = select(SuggestedVariant).where(
        col(SuggestedVariant.pair_id).in_(pair_ids),
        SuggestedVariant.state == SuggestionState.ACCEPTED,
    )
    for one in session.exec(statement).all():
        if (one.pair_id, one.text_key) in unseen:
            # What one person took or proposed needs the second person's yes again.
            one.state = SuggestionState.TAKEN if one.taken_by else SuggestionState.OPEN
            one.decided_by = one.decided_by_person_id = one.decided_by_key_id = None
            session.add(one)
