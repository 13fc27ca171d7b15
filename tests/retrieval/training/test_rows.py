from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.training.rows import WRONG, RankedQuery, pairs_of, rows_of

ASKED = RankedQuery(
    JudgedQuery("1", "低保怎么申请", frozenset({1}), near=frozenset({9})),
    {number: f"第{number}条" for number in (2, 1, 3, 4, 9, 70)},
)
UNANSWERED = RankedQuery(
    JudgedQuery("2", "低保能转让吗", frozenset(), near=frozenset({1})),
    {number: f"第{number}条" for number in (1, 2)},
)
OWN = frozenset({1, 2, 3, 4, 9})


def test_a_right_candidate_and_the_look_alike_are_always_rows() -> None:
    for seed in range(5):
        rows = rows_of([ASKED], OWN, seed)
        assert [row.candidate for row in rows if row.answers] == ["第1条"]
        wrong = {row.candidate for row in rows if not row.answers}
        assert "第9条" in wrong
        assert len(wrong) == WRONG


def test_a_question_without_an_answer_gives_wrong_rows_alone() -> None:
    rows = rows_of([UNANSWERED], OWN, seed=7)
    assert {row.candidate for row in rows} == {"第1条", "第2条"}
    assert not any(row.answers for row in rows)


def test_pairs_of_another_split_are_never_candidates() -> None:
    drawn = {row.candidate for seed in range(20) for row in rows_of([ASKED], OWN, seed)}
    assert "第70条" not in drawn


def test_the_same_seed_draws_the_same_rows() -> None:
    both = [ASKED, UNANSWERED]
    assert rows_of(both, OWN, seed=3) == rows_of(both, OWN, seed=3)


def test_the_pairs_of_a_split_are_those_its_questions_are_about() -> None:
    assert pairs_of([ASKED, UNANSWERED]) == {1, 9}
