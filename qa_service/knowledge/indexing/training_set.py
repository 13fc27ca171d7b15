"""Builds a training set from citizens' wordings and the pairs that answered them."""

from datetime import date

from sqlmodel import Session, col, select

from qa_service.knowledge.models import QuestionVariant
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.vocabulary import VariantOrigin

NAME = "bank"

ASKED = (VariantOrigin.OPERATOR_CHOICE, VariantOrigin.LEDGER)
"""Origins of variants that were worded by citizens, not by authors."""

_ANY_DAY = date(2000, 1, 1)


def training_set(session: Session) -> EvaluationSet:
    """Return the published pairs, and as queries the citizens' own wordings of their questions.

    A wording that is a query is no variant of its pair in this set, or finding it would
    prove nothing.
    """
    statement = select(QuestionVariant).where(col(QuestionVariant.origin).in_(ASKED))
    accepted = session.exec(statement.order_by(col(QuestionVariant.id))).all()
    views = queries.view_pairs(session, published_ids(session), day=_ANY_DAY)
    published = {view.pair_id for view in views}
    asked = {(row.pair_id, row.text) for row in accepted}
    pairs = tuple(
        IndexedPair(
            view.pair_id,
            view.content.question,
            tuple(text for text in view.content.variants if (view.pair_id, text) not in asked),
            view.content.answer,
            view.content.area,
        )
        for view in views
    )
    queries_asked = tuple(
        JudgedQuery(str(row.id), row.text, frozenset({row.pair_id}))
        for row in accepted
        if row.pair_id in published
    )
    return EvaluationSet(NAME, pairs, queries_asked)
