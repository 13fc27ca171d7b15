from math import isnan
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.evaluation.reliability import answer_curve, bootstrap, reliability
from qa_service.retrieval.evaluation.reliability_chart import draw_reliability

flags = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=40)


class TestReliability:
    def test_of_a_service_that_is_right_as_often_as_it_says_has_no_error(self) -> None:
        confidences = [0.25] * 40 + [0.75] * 40
        right = ([True] + [False] * 3) * 10 + ([True] * 3 + [False]) * 10
        assert reliability(confidences, right).expected_calibration_error == 0

    def test_of_one_that_is_always_sure_and_always_wrong_has_the_greatest(self) -> None:
        assert reliability([1.0] * 20, [False] * 20).expected_calibration_error == 1

    @given(flags)
    def test_bins_hold_every_question_once(
        self, given_flags: list[tuple[float, bool, bool]]
    ) -> None:
        found = reliability([each[0] for each in given_flags], [each[1] for each in given_flags])
        assert sum(part.count for part in found.bins) == len(given_flags)
        assert 0 <= found.expected_calibration_error <= 1

    def test_of_nothing_is_empty(self) -> None:
        assert reliability([], []).bins == ()


class TestAnswerCurve:
    @given(flags)
    def test_answers_more_as_the_threshold_falls(
        self, given_flags: list[tuple[float, bool, bool]]
    ) -> None:
        sure, right, may = (list(column) for column in zip(*given_flags, strict=True))
        curve = answer_curve(sure, right, [True] * len(sure), may)
        assert [point.threshold for point in curve] == sorted(
            (point.threshold for point in curve), reverse=True
        )
        assert [point.coverage for point in curve] == sorted(point.coverage for point in curve)

    def test_counts_false_answers_to_questions_without_an_answer(self) -> None:
        curve = answer_curve([0.9, 0.8], [True, False], [True, False], [True, True])
        assert [(p.precision, p.false_answer_rate) for p in curve] == [(1.0, 0.0), (0.5, 1.0)]

    def test_of_a_set_where_nothing_may_be_told_is_empty(self) -> None:
        assert answer_curve([0.9], [True], [True], [False]) == ()


class TestBootstrap:
    def test_is_the_same_for_the_same_seed(self) -> None:
        values = np.arange(30.0)
        ours, theirs = (bootstrap(30, lambda at: float(values[at].mean())) for _ in range(2))
        assert ours == theirs

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
    def test_interval_lies_within_the_range_of_the_values(self, given_values: list[float]) -> None:
        values = np.array(given_values)
        found = bootstrap(len(values), lambda at: float(values[at].mean()))
        assert values.min() - 1e-3 <= found.low <= found.high <= values.max() + 1e-3

    def test_holds_the_mean_of_a_plain_sample(self) -> None:
        values = np.random.default_rng(3).random(200)
        found = bootstrap(200, lambda at: float(values[at].mean()))
        assert found.low < values.mean() < found.high

    def test_of_nothing_countable_is_not_a_number(self) -> None:
        assert isnan(bootstrap(3, lambda _at: float("nan")).low)
        assert isnan(bootstrap(0, lambda _at: 1.0).high)


class TestChart:
    def test_is_drawn_as_a_picture(self, tmp_path: Path) -> None:
        found = reliability([0.2, 0.9], [False, True])
        curve = answer_curve([0.2, 0.9], [False, True], [True, True], [True, True])
        draw_reliability("set", found, curve, tmp_path / "chart.png")
        assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
