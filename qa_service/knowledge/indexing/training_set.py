"""The bank as a set to learn from: what operators' callers asked, and what answered them."""

from datetime import date

from sqlmodel import Session, col, select

from qa_service.knowledge.models import QuestionVariant, VariantOrigin
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery

NAME = "bank"

_ANY_DAY = date(2000, 1, 1)


def training_set(session: Session) -> EvaluationSet:
    """The published pairs without the wordings accepted from callers, which are asked of them."""
    statement = select(QuestionVariant).where(
        col(QuestionVariant.origin) == VariantOrigin.OPERATOR_CHOICE
    )
    learnt = session.exec(statement.order_by(col(QuestionVariant.id))).all()
    views = queries.view_pairs(session, published_ids(session), day=_ANY_DAY)
    published = {view.pair_id for view in views}
    asked = {(row.pair_id, row.text) for row in learnt}
    pairs = tuple(
        IndexedPair(
            view.pair_id,
            view.question,
            tuple(text for text in view.variants if (view.pair_id, text) not in asked),
            view.answer,
            view.area,
        )
        for view in views
    )
    queries_asked = tuple(
        JudgedQuery(str(row.id), row.text, frozenset({row.pair_id}))
        for row in learnt
        if row.pair_id in published
    )
    return EvaluationSet(NAME, pairs, queries_asked)
