from dataclasses import replace

import numpy as np
import pytest
from two_candidates import two_candidates

from qa_service.retrieval.evaluation.fitting import NEVER, Example
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.evaluation.verdict_fitting import (
    LOG_ODDS,
    NO_BOUND,
    _agreed,
    _answer_threshold,
    _bounded,
    _choose_threshold,
    _Judged,
    _measured,
    _usual,
    lower_bound,
)
from qa_service.retrieval.evaluation.verdict_regression import fitted, unseen_elsewhere
from qa_service.retrieval.evaluation.verdict_sample import (
    CONTRAST_WEIGHT,
    Sample,
    _weights,
    near_misses,
    sample_of,
)
from qa_service.retrieval.ranking.calibration import Matrix, unfitted
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.verdict_model import VERDICT_FEATURES, Flags, Length, VerdictModel


class TestLowerBound:
    def test_is_below_the_share_and_nears_it_with_more_questions(self) -> None:
        assert lower_bound(99, 100) < lower_bound(990, 1000) < 0.99

    def test_of_nothing_is_nothing(self) -> None:
        assert lower_bound(0, 0) == 0.0

    def test_agrees_with_the_formula_worked_out_by_hand(self) -> None:
        assert lower_bound(8, 10) == pytest.approx(0.541, abs=0.001)


def example(name: str, *right: int) -> Example:
    """A question of the set ``name`` that the pairs ``right`` answer."""
    return Example(two_candidates(), (), frozenset(right), group=f"{name}:1", weight=1.0)


class TestNearMisses:
    def test_are_made_where_a_set_has_only_answerable_questions(self) -> None:
        found = near_misses([example("bank", 1), example("bank", 2)], unfitted())
        assert [[one.pair_id for one in made.ranked] for made in found] == [[2], [1]]
        assert not any(made.is_right for made in found)

    def test_are_not_made_where_a_set_has_unanswerable_ones_itself(self) -> None:
        assert near_misses([example("judged", 1), example("judged")], unfitted()) == []


def sample(
    right: Flags,
    *,
    allowed: Flags | None = None,
    unanswerable: Flags | None = None,
    is_contrast: Flags | None = None,
    sets: str = "a",
) -> Sample:
    """Questions of which ``right`` say whether the first candidate is right; sets in turn."""
    count = len(right)
    return Sample(
        features=np.zeros((count, 1)),
        lengths=np.full(count, Length.LONG),
        right=right,
        allowed=np.ones(count, np.bool_) if allowed is None else allowed,
        weights=np.ones(count),
        groups=tuple(f"{sets[at % len(sets)]}:{at}" for at in range(count)),
        is_contrast=np.zeros(count, np.bool_) if is_contrast is None else is_contrast,
        unanswerable=np.zeros(count, np.bool_) if unanswerable is None else unanswerable,
        is_policy=np.ones(count, np.bool_),
    )


def levels(count: int = 1000) -> Matrix:
    """Probabilities from 0 to 1."""
    return np.linspace(0, 1, count)


class TestThreshold:
    def test_is_never_reached_where_too_few_were_asked_to_know(self) -> None:
        right = np.ones(20, np.bool_)
        assert _answer_threshold(np.linspace(0.5, 1, 20), sample(right), 0.99) == NEVER

    def test_lies_above_the_wrong_answers(self) -> None:
        threshold = _answer_threshold(levels(), sample(levels() > 0.4), 0.99)
        assert 0.38 < threshold < 0.41

    def test_leaves_out_what_the_rules_forbid(self) -> None:
        allowed = levels() < 0.9
        assert _answer_threshold(levels(), sample(allowed, allowed=allowed), 0.99) == 0.0

    def test_holds_in_each_set_by_itself(self) -> None:
        right = np.ones(1000, np.bool_)
        right[1:160:20] = False  # wrong ones of the second set alone, all below 0.16
        one_set = _answer_threshold(levels(), sample(right), 0.985)
        two_sets = _answer_threshold(levels(), sample(right, sets="ab"), 0.985)
        assert one_set == 0.0
        assert two_sets > one_set

    def test_answers_hardly_any_question_without_an_answer(self) -> None:
        nothing = np.zeros(1000, np.bool_)
        nothing[500:600] = True
        found = _answer_threshold(levels(), sample(~nothing, unanswerable=nothing), 0.9)
        assert found > 0.5
        assert (nothing & (levels() >= found)).sum() <= 10


class TestPolicy:
    @pytest.mark.parametrize(("stored", "is_policy"), [(3.0, True), (0.0, False)])
    def test_a_question_counts_as_about_policy_where_its_first_candidate_is(
        self, stored: float, is_policy: bool
    ) -> None:
        one = example("a", 1)
        held = replace(one.answer.description, vector_of=lambda _: np.array([stored], np.float32))
        asked = replace(one, answer=replace(one.answer, description=held)).by(unfitted())
        domain = DomainModel(np.ones(1), -1.0)  # of the question itself log-odds are 0
        found = sample_of([asked], unfitted(), lambda _, texts: [0.0] * len(texts), 1.0, domain)
        assert found.is_policy.tolist() == [is_policy]


class TestContrasts:
    def test_weigh_less_than_other_questions_of_their_set(self) -> None:
        usual = example("a", 1)
        weights = _weights([usual, replace(usual, kind=QuestionKind.CONTRAST)])
        assert weights[1] / weights[0] == CONTRAST_WEIGHT < 1

    def test_do_not_move_the_threshold_of_what_callers_ask(self) -> None:
        usual, contrast = levels() > 0.4, (levels() > 0.4) & (np.arange(1000) % 5 == 0)
        asked = sample(usual & ~contrast, is_contrast=contrast)
        assert _answer_threshold(levels(), asked, 0.99) == NEVER
        assert 0.38 < _answer_threshold(levels(), _usual(asked), 0.99) < 0.41

    def test_are_no_questions_of_which_the_share_of_answers_is_told(self) -> None:
        half = levels() > 0.5
        told = _measured(levels(), sample(half, allowed=half, is_contrast=~half), 0.0)
        assert (told.questions, told.answered) == (500, 500)


class TestOffering:
    def test_leaves_most_questions_without_an_answer_unmatched(self) -> None:
        nothing = levels() < 0.05
        found = _choose_threshold(levels(), sample(~nothing, unanswerable=nothing))
        assert (levels()[nothing] < found).mean() >= 0.7

    def test_loses_no_question_with_an_answer_where_that_is_not_needed(self) -> None:
        nothing = levels() < 0.05
        found = _choose_threshold(levels(), sample(~nothing, unanswerable=nothing))
        assert (levels()[~nothing] >= found).all()

    def test_loses_few_questions_with_an_answer(self) -> None:
        nothing = levels() > 0.5
        right = ~nothing
        found = _choose_threshold(levels(), sample(right, unanswerable=nothing))
        assert (levels()[right] < found).mean() <= 0.051


class TestMeasured:
    def test_counts_what_is_answered_from_the_threshold_upward(self) -> None:
        found = _measured(levels(), sample(levels() > 0.55), 0.5)
        assert (found.questions, found.answered, found.right) == (1000, 500, 450)
        assert found.low < found.right / found.answered
        assert [point[0] for point in found.curve] == sorted(
            (point[0] for point in found.curve), reverse=True
        )


class TestBounds:
    """Log-odds before re-ranking below which nothing is answered."""

    COUNT = 600

    def answers_all(self) -> VerdictModel:
        """A model without bounds that finds every question probable."""
        count = len(VERDICT_FEATURES)
        return VerdictModel(
            mean=np.zeros(count),
            scale=np.ones(count),
            weights=np.zeros((len(Length), count)),
            bias=np.full(len(Length), 9.0),
            answer_threshold=0.9,
            letter_threshold=0.9,
            choose_threshold=0.1,
            score_weight=1.0,
            least_log_odds=0.0,
            least_elsewhere=0.0,
        )

    def bounds(
        self, *, right: Flags, is_policy: Flags | None = None, is_letter: Flags | None = None
    ) -> tuple[float, float]:
        """Bounds of questions about policy and of others: log-odds are from 0 to 6."""
        features = np.zeros((self.COUNT, len(VERDICT_FEATURES)))
        features[:, VERDICT_FEATURES.index("log_odds")] = self.odds
        asked = sample(right)
        elsewhere = replace(
            asked,
            features=features,
            is_policy=asked.is_policy if is_policy is None else is_policy,
            lengths=asked.lengths if is_letter is None else asked.lengths + is_letter,
        )
        own = replace(sample(np.ones(self.COUNT, np.bool_)), features=features)
        certain = np.ones(self.COUNT)
        asked_of = (_Judged(own, certain), _Judged(elsewhere, certain))
        found = _bounded(self.answers_all(), asked_of, 0.98)
        return found.least_log_odds, found.least_elsewhere

    @property
    def odds(self) -> Matrix:
        """The log-odds of the questions."""
        return np.linspace(0, 6, self.COUNT)

    @property
    def every_second(self) -> Flags:
        """Every second question."""
        found: Flags = np.arange(self.COUNT) % 2 == 0
        return found

    def test_are_apart_where_only_answers_off_policy_are_wrong(self) -> None:
        right = self.every_second | (self.odds > 2.9)
        policy, elsewhere = self.bounds(right=right, is_policy=self.every_second)
        assert policy == LOG_ODDS[0]
        assert elsewhere >= 2.5

    def test_are_not_raised_by_letters_answered_wrong(self) -> None:
        right = self.every_second | (self.odds > 2.9)
        policy, _ = self.bounds(right=right, is_letter=~self.every_second)
        assert policy == LOG_ODDS[0]

    def test_are_not_raised_by_what_would_not_be_answered(self) -> None:
        wrong = _Judged(sample(np.zeros(self.COUNT, np.bool_)), levels(self.COUNT))
        assert wrong.answered(NO_BOUND, 0.9).tolist() == (levels(self.COUNT) >= 0.9).tolist()

    def test_rise_with_wrong_answers_about_policy(self) -> None:
        policy, _ = self.bounds(right=self.odds > 2.9)
        assert 2.5 <= policy <= 3.0

    def test_let_nothing_pass_where_all_is_wrong(self) -> None:
        assert min(self.bounds(right=np.zeros(self.COUNT, np.bool_))) > 6


class TestTheThresholdOfLetters:
    COUNT = 400

    def fitted_on(self, right: Flags) -> float:
        """The threshold by letters of another origin whose probabilities rise from 0 to 1.

        There are as many questions of ours that are no letters, all answered right.
        """
        features = np.zeros((self.COUNT, len(VERDICT_FEATURES)))
        features[:, VERDICT_FEATURES.index("log_odds")] = 3.0
        letters = replace(
            sample(right), features=features, lengths=np.full(self.COUNT, Length.LETTER)
        )
        ours = replace(sample(np.ones(self.COUNT, np.bool_)), features=features)
        asked = (_Judged(ours, np.ones(self.COUNT)), _Judged(letters, levels(self.COUNT)))
        lenient = replace(TestBounds().answers_all(), answer_threshold=0.2, letter_threshold=0.2)
        found = _bounded(lenient, asked, 0.98)
        assert found.answer_threshold == 0.2
        return found.letter_threshold

    def test_rises_to_where_letters_are_answered_right(self) -> None:
        assert 0.57 < self.fitted_on(levels(self.COUNT) > 0.6) < 0.62

    def test_is_the_common_one_where_every_letter_is_answered_right(self) -> None:
        assert self.fitted_on(np.ones(self.COUNT, np.bool_)) == 0.2

    def test_counts_in_the_measured_answers(self) -> None:
        letters = replace(
            sample(np.ones(self.COUNT, np.bool_)),
            features=np.zeros((self.COUNT, len(VERDICT_FEATURES))),
            lengths=np.full(self.COUNT, Length.LETTER),
        )
        stricter = replace(TestBounds().answers_all(), letter_threshold=0.95)
        agreed = _agreed(_Judged(letters, levels(self.COUNT)), stricter)
        assert agreed.allowed.tolist() == (levels(self.COUNT) >= 0.95).tolist()

    def test_lets_no_letter_pass_where_all_are_wrong(self) -> None:
        assert self.fitted_on(np.zeros(self.COUNT, np.bool_)) == NEVER


class TestLengths:
    """Each length of a question has a model of its own."""

    def learned(self, length: Length, *, elsewhere: bool) -> float:
        """Weight of the feature in the model of a length.

        Long questions are right where the feature is positive, letters of another set where it is
        negative.
        """
        feature = np.linspace(-1, 1, 400)[:, None]
        long = replace(sample(feature[:, 0] > 0), features=feature)
        letters = replace(
            sample(feature[:, 0] < 0),
            features=feature,
            lengths=np.full(400, Length.LETTER),
        )
        _, _, weights, _ = fitted(long, np.ones(400, np.bool_), letters if elsewhere else None)
        return float(weights[length][0])

    def test_letters_are_learned_from_sets_of_another_origin_too(self) -> None:
        assert self.learned(Length.LETTER, elsewhere=True) < 0

    def test_other_questions_are_not(self) -> None:
        apart = self.learned(Length.LONG, elsewhere=False)
        assert self.learned(Length.LONG, elsewhere=True) == apart > 0

    def test_without_letters_they_are_judged_as_the_other_questions(self) -> None:
        assert self.learned(Length.LETTER, elsewhere=False) > 0

    def test_letters_are_judged_by_a_model_that_did_not_learn_from_them(self) -> None:
        # Every matter has a feature of its own, so that its answers can only be learned by heart.
        matters = np.repeat(np.arange(40), 5)
        learned_by_heart = replace(
            sample(matters % 2 == 0),
            features=np.eye(40)[matters],
            lengths=np.full(200, Length.LETTER),
            groups=tuple(f"a:{matter}" for matter in matters),
        )
        own = replace(sample(np.arange(200) % 2 == 0), features=np.zeros((200, 40)))
        unseen = unseen_elsewhere(own, learned_by_heart)
        assert np.abs(unseen - unseen.mean()).max() < 0.1
