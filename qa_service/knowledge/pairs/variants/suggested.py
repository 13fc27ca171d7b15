"""Suggested variants (候选相似问): askers' wordings that operators answered with a pair."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.knowledge.models import QAPair, SuggestedVariant, SuggestionState
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.record.content import QUESTION_CHARACTERS, question_key
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.pairs.wording_checks import is_masked
from qa_service.storage.locks.advisory import lock_for_transaction


def suggest_variant(session: Session, pair_id: int, question: str, *, now: datetime) -> None:
    """Suggest ``question``, personal data masked, as a variant of the pair that answered it.

    Ignores a wording that the pair already has, that is too long, or that holds personal data.
    A repeated suggestion only increments its count.
    """
    if len(question) > QUESTION_CHARACTERS or is_masked(question):
        return
    lock_for_transaction(session, f"suggestions:{pair_id}")
    key = question_key(question)
    if key in own_keys(session, find_pair(session, pair_id)):
        return
    known = suggested(session, pair_id, key)
    if known is None:
        known = SuggestedVariant(
            pair_id=pair_id, text=question, text_key=key, times=0, updated_at=now
        )
    known.times += 1
    known.updated_at = now
    session.add(known)
    session.flush()


def unsuggest_variant(session: Session, pair_id: int, question: str, *, now: datetime) -> None:
    """Decrement the count of ``question`` for the pair; delete the suggestion at 0.

    A suggestion that is already accepted or declined does not change.
    """
    lock_for_transaction(session, f"suggestions:{pair_id}")
    known = suggested(session, pair_id, question_key(question))
    if known is None or known.state is not SuggestionState.OPEN:
        return
    if known.times == 1:
        session.delete(known)
    else:
        known.times -= 1
        known.updated_at = now
        session.add(known)
    session.flush()


def open_suggestions(session: Session, pair_id: int) -> Sequence[SuggestedVariant]:
    """Return the suggestions of one pair to be decided or confirmed, the most frequent first."""
    statement = (
        select(SuggestedVariant)
        .where(
            SuggestedVariant.pair_id == pair_id,
            col(SuggestedVariant.state).in_((SuggestionState.OPEN, SuggestionState.TAKEN)),
        )
        .order_by(col(SuggestedVariant.times).desc(), col(SuggestedVariant.id))
    )
    return session.exec(statement).all()


def taken_suggestions(
    session: Session, *, within: Within = EVERY_UNIT, limit: int = 50
) -> Sequence[tuple[SuggestedVariant, QAPair]]:
    """Return at most ``limit`` wordings that wait for a second person, oldest first."""
    statement = (
        select(SuggestedVariant, QAPair)
        .join(QAPair, col(QAPair.id) == SuggestedVariant.pair_id)
        .where(SuggestedVariant.state == SuggestionState.TAKEN)
        .order_by(col(SuggestedVariant.updated_at), col(SuggestedVariant.id))
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return session.exec(statement).all()


def pair_of(session: Session, suggestion_id: int) -> int:
    """Return the id of the pair that a wording was suggested for."""
    return session.get_one(SuggestedVariant, suggestion_id).pair_id


def suggested(session: Session, pair_id: int, key: str) -> SuggestedVariant | None:
    """Return the pair's suggestion with this question key, or None."""
    statement = select(SuggestedVariant).where(
        SuggestedVariant.pair_id == pair_id, SuggestedVariant.text_key == key
    )
    return session.exec(statement).first()


def own_keys(session: Session, pair: QAPair) -> set[str]:
    """Return the question keys of the pair's question and variants."""
    content = queries.pair_content(session, pair)
    return {question_key(text) for text in (content.question, *content.variants)}
