"""Pairs by their question: what staff reads in place of an id or a key."""

from collections.abc import Collection

from sqlmodel import Session, col, func, select

from qa_service.knowledge.models import QAPair, QAVersion

AT_ONCE = 500
"""Pairs looked up in one statement."""


def questions_of(session: Session, pair_ids: Collection[int]) -> dict[int, str]:
    """Return the question of each pair, as it is in force or else in work, by the pair's id."""
    ids, found = sorted(set(pair_ids)), dict[int, str]()
    told = func.coalesce(QAPair.current_version_id, QAPair.draft_version_id)
    for start in range(0, len(ids), AT_ONCE):
        statement = (
            select(QAPair.id, QAVersion.question)
            .join(QAVersion, col(QAVersion.id) == told)
            .where(col(QAPair.id).in_(ids[start : start + AT_ONCE]))
        )
        found |= {pair_id: text for pair_id, text in session.exec(statement).all() if pair_id}
    return found


def question_of(session: Session, pair: QAPair) -> str:
    """Return the question of one pair; its key where it has no version."""
    return questions_of(session, [pair.id or 0]).get(pair.id or 0, pair.key)
