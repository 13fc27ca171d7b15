from collections.abc import Iterator
from threading import Thread

import pytest
from actors import person

from qa_service.consultation.search.narrowing import Bounds
from qa_service.consultation.trials.word_replay import Replayed, replay
from qa_service.knowledge.lexicon.versions import (
    InvalidWordListError,
    activate_words,
    propose_words,
    word_list,
    words_in_use,
)
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.knowledge.upkeep_models import Topic
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.services import Services, build_services, corpus_words, tokenizer_in_use
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer, WordList

DAY_WORDS = "\n补卡 丢卡\n"


@pytest.fixture
def words(services: Services) -> Iterator[WordList]:
    """The corpus's words with one more group of synonyms; the shared tokenizer is given back."""
    corpus = corpus_words(services.settings)
    yield WordList(corpus.dictionary, corpus.synonyms + DAY_WORDS)
    services.tokenizer.adopt(Tokenizer(corpus))


def activated(services: Services, words: WordList) -> int:
    now = services.clock.now()
    with session_scope(services.database) as session:
        version = propose_words(session, words, note="加一组同义词", by=person("编辑甲"), now=now)
        assert version.id is not None
        activate_words(session, version.id, by=person("管理员"), now=now)
        return version.id


class TestProposing:
    @pytest.mark.parametrize(
        ("dictionary", "synonyms", "note", "told"),
        [
            ("社保卡 多 少\n", "", "改词", "词典 第 1 行有误"),
            ("", "医保\n", "改词", "同义词 第 1 行有误"),
            ("", "", " ", "说明改了什么"),
            ("长" * 400_001, "", "改词", "精简"),
        ],
    )
    def test_of_what_cannot_be_used_is_refused(
        self, services: Services, dictionary: str, synonyms: str, note: str, told: str
    ) -> None:
        with (
            session_scope(services.database) as session,
            pytest.raises(InvalidWordListError, match=told),
        ):
            propose_words(
                session,
                WordList(dictionary, synonyms),
                note=note,
                by=person("编辑甲"),
                now=services.clock.now(),
            )

    def test_changes_nothing_yet(self, services: Services, words: WordList) -> None:
        before = services.tokenizer.fingerprint
        with session_scope(services.database) as session:
            propose_words(session, words, note="试试", by=person("甲"), now=services.clock.now())
            assert words_in_use(session) is None
        services.index_sync.catch_up()
        assert services.tokenizer.fingerprint == before


class TestActivating:
    def test_cuts_and_indexes_by_the_new_words_and_answers_nothing_outright(
        self, services: Services, words: WordList
    ) -> None:
        assert services.degradation is None
        activated(services, words)
        services.index_sync.take_words()
        found = services.searcher.search(
            "社保卡丢了怎么补办？", area=None, day=services.clock.now().date()
        )
        assert services.tokenizer.fingerprint == words.fingerprint()
        assert services.tokenizer.tokens("丢卡") == services.tokenizer.tokens("补卡")
        assert found.verdict == "choose"
        assert found.degraded
        assert "重新校准" in (services.degradation or "")

    def test_holds_for_every_process_and_for_the_next_start(
        self, services: Services, words: WordList, encoder: Encoder
    ) -> None:
        other = build_services(
            services.settings,
            clock=services.clock,
            database=services.database,
            tokenizer=Tokenizer(corpus_words(services.settings)),
            encoder=encoder,
        )
        other.index_sync.open()
        activated(services, words)
        other.index_sync.take_words()
        assert other.tokenizer.fingerprint == words.fingerprint()
        assert tokenizer_in_use(services.settings).fingerprint == words.fingerprint()
        again = build_services(
            services.settings,
            clock=services.clock,
            database=services.database,
            tokenizer=Tokenizer(corpus_words(services.settings)),
            encoder=encoder,
        )
        assert again.index_sync.open() is False
        assert again.tokenizer.fingerprint == words.fingerprint()

    def test_keeps_nobody_waiting_and_loses_no_change_of_the_meantime(
        self, services: Services, words: WordList
    ) -> None:
        day = services.clock.now().date()
        before = services.tokenizer.fingerprint
        activated(services, words)
        building = Thread(target=services.index_sync.take_words)
        # The new index can be built, not yet put in the place of the other.
        with services.index_sync._lock:
            building.start()
            found = services.searcher.search("社保卡丢了怎么补办？", area=None, day=day)
            assert (found.verdict, found.degraded) == ("answered", False)
            assert services.tokenizer.fingerprint == before
            with session_scope(services.database) as session:
                pair = find_pair(session, found.candidates[0].qa_id)
                withdraw_pair(
                    session, pair, by=person("甲"), reason="政策已失效", now=services.clock.now()
                )
        building.join()
        assert services.tokenizer.fingerprint == words.fingerprint()
        assert found.candidates[0].qa_id not in services.index_sync.engine.index.pair_ids()
        assert services.index_sync.catch_up() == services.index_sync.revision


UNKNOWN = Topic(key="unknown", area="就业创业", name="没有问答的事项", keywords=["没有问答"])


class TestReplay:
    def test_of_the_same_words_changes_nothing(self, services: Services) -> None:
        other = services.index_sync.build_preview_engine(Tokenizer(corpus_words(services.settings)))
        texts = ("社保卡丢了怎么补办？", "低保怎么申请", "火星移民签证在哪里办")
        questions = [Replayed(text) for text in texts]
        with session_scope(services.database, read_only=True) as session:
            day = services.clock.now().date()
            found = replay(session, questions, services.index_sync.engine, other, day=day)
        assert (found.asked, found.changed) == (3, ())

    def test_shows_what_other_words_would_change_and_leaves_the_index_alone(
        self, services: Services
    ) -> None:
        # Words that make two matters one: the second question loses what told them apart.
        bad = WordList("", "低保 社保卡 养老金 医保 失业金 补办 申请\n")
        before = services.index_sync.engine.index
        assert isinstance(before, SearchIndex)
        other = services.index_sync.build_preview_engine(Tokenizer(bad))
        with session_scope(services.database, read_only=True) as session:
            day = services.clock.now().date()
            texts = ("低保", "社保卡", "养老金", "医保", "失业金", "补办", "申请")
            asked = [Replayed(text) for text in texts]
            found = replay(session, asked, services.index_sync.engine, other, day=day)
            elsewhere = [
                *(Replayed(text, area="养老") for text in texts),
                *(Replayed(text, bounds=Bounds(topic=UNKNOWN)) for text in texts),
            ]
            within = replay(session, elsewhere, services.index_sync.engine, other, day=day)
        assert found.changed
        assert {one.asked.area for one in within.changed} <= {"养老"}
        assert len(within.changed) < len(found.changed), "most of it lies outside the bounds"
        assert services.index_sync.engine.index is before
        assert all(one.before != one.after for one in found.changed)


def test_a_version_keeps_what_was_written(services: Services, words: WordList) -> None:
    number = activated(services, words)
    with session_scope(services.database, read_only=True) as session:
        version = words_in_use(session)
        assert version is not None
        assert (version.id, word_list(version)) == (number, words)
        assert (version.author, version.activated_by) == ("编辑甲", "管理员")
