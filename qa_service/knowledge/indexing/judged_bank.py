"""Judged questions of the bank in use, by which a calibration is checked after a change."""

from pathlib import Path

from sqlmodel import Session, col, select

from qa_service.knowledge.models import QAPair
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import (
    JudgedQuestion,
    Split,
    is_question_folder,
    read_questions,
)
from qa_service.vocabulary import PairStatus


def judged_queries(
    session: Session, folder: Path, *, most: int, split: Split = Split.TUNE
) -> list[JudgedQuery]:
    """Return up to ``most`` questions of the split in ``folder``, spread evenly.

    A question that a pair answers which is not published is left out, because another pair may
    answer it in this bank. Empty without such a folder; raises ValueError for a faulty line.
    """
    if not folder.is_dir() or not is_question_folder(folder):
        return []
    published = _published(session)
    asked = [
        one
        for one in read_questions(folder)
        if one.split is split and all(key in published for key in one.expected)
    ]
    step = max(1, -(-len(asked) // most))
    return [_query(one, published) for one in asked[::step]]


def _published(session: Session) -> dict[str, int]:
    """Return the id of every published pair by its key."""
    statement = select(QAPair.key, QAPair.id).where(col(QAPair.status) == PairStatus.PUBLISHED)
    return {key: pair_id for key, pair_id in session.exec(statement) if key and pair_id}


def _query(asked: JudgedQuestion, published: dict[str, int]) -> JudgedQuery:
    return JudgedQuery(
        asked.id,
        asked.text,
        frozenset(published[key] for key in asked.expected),
        kind=asked.kind,
        split=asked.split,
        near=frozenset(published[key] for key in asked.near if key in published),
    )
