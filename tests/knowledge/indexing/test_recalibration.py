"""After another word list the decision is checked on judged questions before it is used."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from actors import person

from qa_service.knowledge.indexing.judged_bank import judged_queries
from qa_service.knowledge.indexing.recalibration import Recalibration
from qa_service.knowledge.lexicon.versions import activate_words, propose_words
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.retrieval.evaluation.revalidation import FEWEST_ANSWERS
from qa_service.retrieval.ranking.calibration import TOKENIZER, load_calibration
from qa_service.services import (
    Services,
    corpus_words,
    default_calibration,
    own_calibration_file,
)
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.vocabulary import Verdict

ASKED = "社保卡丢了怎么补办？"


@pytest.fixture(autouse=True)
def words_of_the_corpus(services: Services) -> Iterator[None]:
    """Give the tokenizer that tests share its own words back."""
    corpus = corpus_words(services.settings)
    yield
    services.tokenizer.adopt(Tokenizer(corpus))


@pytest.fixture
def judged(services: Services, tmp_path: Path) -> Recalibration:
    """Judged questions of the test bank, each of its questions asked often, and idle talk."""
    folder = tmp_path / "judged"
    folder.mkdir()
    with session_scope(services.database, read_only=True) as session:
        views = view_pairs(session, published_ids(session), day=services.clock.now().date())
    asked = [(view.key, view.content.question) for view in views]
    rounds = FEWEST_ANSWERS // len(asked) + 1
    lines = [
        _line(f"{number}-{key}", question, [key], "wording")
        for number in range(rounds)
        for key, question in asked
    ]
    lines.append(_line("talk", "今天天气怎么样", [], "chat"))
    lines.append(_line("gone", "没有的问题", ["no-such-pair"], "wording"))
    (folder / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return Recalibration(
        services.database,
        own=own_calibration_file(services.settings),
        shipped=default_calibration(),
        questions=folder,
        clock=services.clock,
        fewest=20,
    )


def _line(name: str, text: str, expected: list[str], kind: str) -> str:
    return json.dumps(
        {"id": name, "text": text, "expected": expected, "kind": kind, "split": "tune"}
    )


def activate(services: Services) -> None:
    """Another word list, in use from now on."""
    words = corpus_words(services.settings)
    other = WordList(f"{words.dictionary}\n丢卡 5 n", words.synonyms)
    with session_scope(services.database) as session:
        version = propose_words(
            session, other, note="丢卡", by=person("甲"), now=services.clock.now()
        )
        activate_words(session, version.id or 0, by=person("乙"), now=services.clock.now())


class TestAnotherWordList:
    def test_answers_outright_as_soon_as_it_is_in_use(
        self, services: Services, judged: Recalibration
    ) -> None:
        services.index_sync.recalibration = judged
        activate(services)
        services.index_sync.take_words()
        found = services.searcher.search(ASKED, area=None, day=services.clock.now().date())
        assert services.degradation is None
        assert (found.verdict, found.degraded) == (Verdict.ANSWERED, False)

    def test_is_checked_once_for_all_processes_and_later_starts(
        self, services: Services, judged: Recalibration
    ) -> None:
        services.index_sync.recalibration = judged
        activate(services)
        services.index_sync.take_words()
        stored = load_calibration(own_calibration_file(services.settings))
        assert stored.provenance[TOKENIZER] == services.tokenizer.fingerprint
        at_hand = judged.at_hand(services.index_sync.engine)
        assert at_hand is not None
        assert at_hand.provenance == stored.provenance

    def test_lets_changes_be_indexed_while_questions_are_asked(
        self, services: Services, judged: Recalibration
    ) -> None:
        engine = services.index_sync.engine
        former = {**engine.calibration.provenance, TOKENIZER: "another"}
        engine.recalibrate(replace(engine.calibration, provenance=former))
        seen: list[tuple[int, int] | None] = []
        found = judged._made(engine, lambda: seen.append(judged.progress))
        assert found is not None
        assert seen[0] == (1, len(seen))
        assert judged.progress is None

    def test_without_enough_questions_leaves_answers_to_staff(self, services: Services) -> None:
        activate(services)
        services.index_sync.take_words()
        assert "重新校准" in (services.degradation or "")


class TestQuestions:
    def test_about_pairs_that_are_not_published_are_left_out(
        self, services: Services, judged: Recalibration
    ) -> None:
        with session_scope(services.database, read_only=True) as session:
            found = judged_queries(session, judged._questions, most=1000)
        assert "gone" not in {one.qid for one in found}
        assert "talk" in {one.qid for one in found}

    def test_are_at_most_so_many(self, services: Services, judged: Recalibration) -> None:
        with session_scope(services.database, read_only=True) as session:
            assert len(judged_queries(session, judged._questions, most=10)) <= 10

    def test_need_a_folder(self, services: Services, tmp_path: Path) -> None:
        with session_scope(services.database, read_only=True) as session:
            assert judged_queries(session, tmp_path / "none", most=10) == []
