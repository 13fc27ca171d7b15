"""After another word list the decision is checked on judged questions before it is used."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from actors import person

from qa_service.knowledge.indexing import recalibration
from qa_service.knowledge.indexing.calibration_files import (
    default_calibration,
    own_calibration_file,
)
from qa_service.knowledge.indexing.calibration_watch import CalibrationWatch
from qa_service.knowledge.indexing.judged_bank import judged_queries
from qa_service.knowledge.indexing.recalibration import Recalibration
from qa_service.knowledge.lexicon.versions import activate_words, propose_words
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.pairs.service import find_pair, mark_changed
from qa_service.retrieval.evaluation.revalidation import FEWEST_ANSWERS
from qa_service.retrieval.ranking.calibration import (
    RERANKER,
    TOKENIZER,
    load_calibration,
    save_calibration,
)
from qa_service.retrieval.reranking.models import Pair
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.services import Services, corpus_words
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
        own=own_calibration_file(services.settings.data_dir),
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
        stored = load_calibration(own_calibration_file(services.settings.data_dir))
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


def change_pairs(services: Services, count: int) -> None:
    """So many pairs published anew, as by an import."""
    with session_scope(services.database) as session:
        for pair_id in published_ids(session)[:count]:
            mark_changed(session, find_pair(session, pair_id), services.clock.now())


class TestAnotherBank:
    @pytest.fixture
    def watch(
        self, services: Services, judged: Recalibration, monkeypatch: pytest.MonkeyPatch
    ) -> CalibrationWatch:
        """A watch that has seen the bank; half of the small bank is the fewest that count."""
        monkeypatch.setattr(recalibration, "FEWEST_CHANGED", 6)
        services.index_sync.recalibration = judged
        found = CalibrationWatch(services.index_sync)
        found.follow()
        return found

    def follow(self, services: Services, watch: CalibrationWatch) -> bool:
        """Index the changes; return whether the calibration was checked with them."""
        services.index_sync.catch_up()
        before = judged_at(services)
        watch.follow()
        return judged_at(services) != before

    def test_is_checked_on_judged_questions_after_many_pairs_were_published(
        self, services: Services, watch: CalibrationWatch
    ) -> None:
        assert judged_at(services) is None
        change_pairs(services, 7)
        assert self.follow(services, watch)
        engine = services.index_sync.engine
        stored = load_calibration(own_calibration_file(services.settings.data_dir))
        assert stored.provenance == engine.calibration.provenance
        assert engine.fits(stored)

    def test_is_not_checked_for_few_pairs_nor_twice_for_the_same(
        self, services: Services, watch: CalibrationWatch
    ) -> None:
        change_pairs(services, 3)
        assert not self.follow(services, watch)
        change_pairs(services, 7)
        assert self.follow(services, watch)
        assert not self.follow(services, CalibrationWatch(services.index_sync))

    def test_keeps_the_calibration_where_too_few_questions_fit(
        self, services: Services, watch: CalibrationWatch, judged: Recalibration
    ) -> None:
        judged._fewest = 10_000
        before = services.index_sync.engine.calibration
        change_pairs(services, 12)
        assert not self.follow(services, watch)
        assert services.index_sync.engine.calibration is before
        assert services.degradation is None


def judged_at(services: Services) -> int | None:
    """When the own calibration was written last; None if never."""
    own = own_calibration_file(services.settings.data_dir)
    return own.stat().st_mtime_ns if own.exists() else None


class ByLength:
    """Scores a pair by the length of its candidate."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        return [float(len(text)) for _, text in pairs]


class TestStoredByACommand:
    def test_is_used_by_a_running_service_with_the_re_ranker_it_was_tuned_with(
        self, services: Services, judged: Recalibration
    ) -> None:
        sync, tuned = services.index_sync, Reranker(ByLength(), "tuned")
        sync.recalibration = judged
        judged._load_reranker = lambda: tuned
        watch = CalibrationWatch(sync)
        current = sync.engine.calibration
        own = own_calibration_file(services.settings.data_dir)
        save_calibration(replace(current, choose_threshold=0.123), own)
        watch.take_stored()
        assert sync.engine.calibration.choose_threshold == 0.123
        assert sync.engine.reranker is services.index_sync.engine.reranker is not tuned
        save_calibration(
            replace(current, provenance={**current.provenance, RERANKER: "tuned"}), own
        )
        watch.take_stored()
        assert sync.engine.reranker is tuned
        assert sync.engine.reads

    def test_is_left_alone_where_its_re_ranker_is_not_there(
        self, services: Services, judged: Recalibration
    ) -> None:
        sync = services.index_sync
        sync.recalibration = judged
        watch = CalibrationWatch(sync)
        current = sync.engine.calibration
        gone = {**current.provenance, RERANKER: "gone"}
        save_calibration(
            replace(current, provenance=gone), own_calibration_file(services.settings.data_dir)
        )
        watch.take_stored()
        assert sync.engine.calibration is current


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
