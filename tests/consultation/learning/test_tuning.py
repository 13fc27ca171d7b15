"""What decides about new models is nothing that they learned from."""

from dataclasses import replace

import pytest
from two_candidates import two_candidates

from qa_service.consultation.learning.learning_set import (
    FEWEST_HELD_OUT,
    FEWEST_LESSONS,
    NAME,
    LearningSet,
)
from qa_service.consultation.learning.lessons import LessonOrigin
from qa_service.consultation.learning.tuning import Curriculum, Material, material_of
from qa_service.retrieval.engine import everything
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.judged_questions import Split
from qa_service.retrieval.ranking.calibration import unfitted
from qa_service.retrieval.ranking.decision import Permission
from qa_service.retrieval.ranking.judging import judge


def queries(name: str, count: int, split: str = "") -> tuple[JudgedQuery, ...]:
    """So many questions, two about each pair."""
    return tuple(
        JudgedQuery(f"{name}:{number}", "问", frozenset({number // 2}), split=split)
        for number in range(count)
    )


@pytest.fixture
def material() -> Material:
    lessons = LearningSet(EvaluationSet(NAME, (), queries("chosen", 80)), {LessonOrigin.CHOSEN: 80})
    curriculum = Curriculum(
        lessons, queries("train", 10, Split.TRAIN), queries("tune", 60, Split.TUNE)
    )
    found = two_candidates()
    judged = judge(
        found.question, found.description, unfitted(), everything, allowed=Permission.ALL
    )
    answer = replace(found, ranked=judged.ranked)
    return material_of(
        curriculum, [Outcome(query, {}, answer) for query in curriculum.asked.queries]
    )


def test_every_question_has_one_purpose_and_those_of_a_pair_the_same(material: Material) -> None:
    parts = (material.learned, material.held_out, material.measured, material.shipped)
    ids = [{one.query.qid for one in part} for part in parts]
    assert sum(map(len, ids)) == 140 == len(set().union(*ids))
    learned, held_out = (
        {min(one.query.relevant) for one in part} for part in (material.learned, material.held_out)
    )
    assert not learned & held_out


def test_what_decides_is_never_an_example(material: Material) -> None:
    lessons, judged, train = len(material.learned), len(material.measured), 10
    assert len(material.ordering) == lessons + train
    assert len(material.judging) == lessons + judged
    assert [one.query.qid for one in material.unseen[NAME]] == [
        one.query.qid for one in material.held_out
    ]


def test_too_few_lessons_are_told_by_origin() -> None:
    few = LearningSet(EvaluationSet(NAME, (), queries("chosen", 8)), {LessonOrigin.CHOSEN: 8})
    assert "只有 8 条（坐席选定 8）" in (few.shortage or "")
    enough = queries("chosen", 3 * (FEWEST_LESSONS + FEWEST_HELD_OUT))
    assert LearningSet(EvaluationSet(NAME, (), enough), {}).shortage is None
