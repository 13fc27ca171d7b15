"""What evaluation and replay measure is what the service answers."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from scratch_service import lay_starter_sample, make_settings

from qa_service.accounts.actor import STARTER_BANK
from qa_service.clock import BEIJING, FixedClock, beijing_day
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.trials.word_replay import Replayed, replay
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.indexing.build import indexed_pair
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome, index_set, run
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.services import Services, build_services, open_database
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=BEIJING)
DAY = beijing_day(NOW)
EVERY = 6
"""One pair of so many of the starter bank is taken."""

VAGUE = ("医保怎么报销", "补贴怎么申请", "公司注册要多少钱", "退休金怎么领", "孩子上学怎么报名")
FROM_TODAY = re.compile("[今去明前后]年")
ABSENT = ("火星移民签证在哪里办", "今天晚饭吃什么", "飞船驾驶证怎么年审")


@pytest.fixture(scope="module")
def starter(
    tmp_path_factory: pytest.TempPathFactory,
    tokenizer: Tokenizer,
    encoder: Encoder,
    reranker: Reranker,
) -> Iterator[Services]:
    """A service with a sample of the starter bank."""
    settings = make_settings(tmp_path_factory.mktemp("starter"))
    lay_starter_sample(settings.corpus_dir, EVERY)
    database = open_database(settings)
    with session_scope(database) as session:
        load_corpus(session, settings.corpus_dir, by=STARTER_BANK, now=NOW)
    services = build_services(
        settings,
        clock=FixedClock(NOW),
        database=database,
        tokenizer=tokenizer,
        encoder=encoder,
        reranker=reranker,
    )
    services.index_sync.open()
    yield services
    database.dispose()


@pytest.fixture(scope="module")
def bank(starter: Services) -> list[PairView]:
    with session_scope(starter.database, read_only=True) as session:
        return view_pairs(session, published_ids(session), day=DAY)


@pytest.fixture(scope="module")
def questions(bank: list[PairView]) -> list[str]:
    """Variants of the bank in other words, then vague questions and those it cannot answer.

    Answers with local blanks are left out: the service keeps them from being told outright.
    So is what counts from the day of asking (今年): only the service is given one.
    """
    told = [view.content for view in bank if not view.content.blanks]
    variants = [variant for content in told for variant in content.variants]
    sample = [variant for variant in variants[::6] if not FROM_TODAY.search(variant)]
    return [*(f"请问一下{variant}" for variant in sample), *VAGUE, *ABSENT]


@pytest.fixture(scope="module")
def served(starter: Services, questions: list[str]) -> list[SearchResult]:
    return [starter.searcher.search(question, area=None, day=DAY) for question in questions]


@pytest.fixture(scope="module")
def measured(starter: Services, bank: list[PairView], questions: list[str]) -> list[Outcome]:
    serving = starter.index_sync.engine
    engine = RetrievalEngine(
        serving.tokenizer, serving.encoder, serving.calibration, reranker=serving.reranker
    )
    judged = EvaluationSet(
        "starter",
        tuple(indexed_pair(view) for view in bank),
        tuple(JudgedQuery(question, question, frozenset()) for question in questions),
    )
    baselines = index_set(engine, judged, known=serving.vectors_by_text())
    return run(engine, baselines, judged.queries, limit=starter.settings.candidate_limit)


def test_the_sample_leads_to_every_verdict_and_the_whole_bank_may_be_shown(
    served: list[SearchResult], bank: list[PairView]
) -> None:
    assert len(bank) > 100
    assert all(view.showable for view in bank)
    assert set(Counter(result.verdict for result in served)) == {"answered", "choose", "unmatched"}


def test_evaluation_gives_the_verdicts_of_the_service(
    served: list[SearchResult], measured: list[Outcome]
) -> None:
    assert [outcome.answer.decision.verdict for outcome in measured] == [
        result.verdict for result in served
    ]
    assert [round(outcome.answer.confidence, 4) for outcome in measured] == [
        result.confidence for result in served
    ]


def test_evaluation_ranks_as_the_service_does(
    served: list[SearchResult], measured: list[Outcome]
) -> None:
    for result, outcome in zip(served, measured, strict=True):
        shown = tuple(candidate.qa_id for candidate in result.candidates)
        assert outcome.answer.pair_ids[: len(shown)] == shown


def test_a_replay_with_the_same_words_gives_the_verdicts_of_the_service(
    starter: Services, questions: list[str], served: list[SearchResult]
) -> None:
    engine = starter.index_sync.engine
    with session_scope(starter.database, read_only=True) as session:
        asked = [Replayed(question) for question in questions[::5]]
        found = replay(session, asked, engine, engine, day=DAY)
        assert found.changed == ()


def test_the_analysed_question_travels_with_the_result(
    starter: Services, served: list[SearchResult], questions: list[str]
) -> None:
    for result, question in zip(served, questions, strict=True):
        assert result.question.text == question
        assert result.question.terms == frozenset(
            starter.tokenizer.tokens(result.question.normalised)
        )
