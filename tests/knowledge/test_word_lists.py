from collections.abc import Iterator
from threading import Thread

import pytest

from qa_service.consultation.word_replay import replay
from qa_service.knowledge.pairs import find_pair, withdraw_pair
from qa_service.knowledge.word_lists import (
    InvalidWordListError,
    activate_words,
    propose_words,
    word_list,
    words_in_use,
)
from qa_service.parts import Parts, build_parts, corpus_words, tokeniser_in_use
from qa_service.retrieval.encoder import Encoder
from qa_service.storage.engine import session_scope
from qa_service.text.tokenise import Tokeniser, WordList

DAY_WORDS = "\n补卡 丢卡\n"


@pytest.fixture
def words(parts: Parts) -> Iterator[WordList]:
    """The corpus's words with one more group of synonyms; the shared tokeniser is given back."""
    corpus = corpus_words(parts.settings)
    yield WordList(corpus.dictionary, corpus.synonyms + DAY_WORDS)
    parts.desk.tokeniser.adopt(Tokeniser(corpus))


def activated(parts: Parts, words: WordList) -> int:
    now = parts.clock.now()
    with session_scope(parts.database) as session:
        version = propose_words(session, words, note="加一组同义词", author="编辑甲", now=now)
        assert version.id is not None
        activate_words(session, version.id, by="管理员", now=now)
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
        self, parts: Parts, dictionary: str, synonyms: str, note: str, told: str
    ) -> None:
        with (
            session_scope(parts.database) as session,
            pytest.raises(InvalidWordListError, match=told),
        ):
            propose_words(
                session,
                WordList(dictionary, synonyms),
                note=note,
                author="编辑甲",
                now=parts.clock.now(),
            )

    def test_changes_nothing_yet(self, parts: Parts, words: WordList) -> None:
        before = parts.desk.tokeniser.fingerprint
        with session_scope(parts.database) as session:
            propose_words(session, words, note="试试", author="甲", now=parts.clock.now())
            assert words_in_use(session) is None
        parts.follower.catch_up()
        assert parts.desk.tokeniser.fingerprint == before


class TestActivating:
    def test_cuts_and_indexes_by_the_new_words_and_answers_nothing_outright(
        self, parts: Parts, words: WordList
    ) -> None:
        assert parts.degradation is None
        activated(parts, words)
        parts.follower.take_words()
        found = parts.desk.searcher.search(
            "社保卡丢了怎么补办？", field=None, day=parts.clock.now().date()
        )
        assert parts.desk.tokeniser.fingerprint == words.fingerprint()
        assert parts.desk.tokeniser.tokens("丢卡") == parts.desk.tokeniser.tokens("补卡")
        assert found.verdict == "choose"
        assert found.degraded
        assert "重新校准" in (parts.degradation or "")

    def test_holds_for_every_process_and_for_the_next_start(
        self, parts: Parts, words: WordList, encoder: Encoder
    ) -> None:
        other = build_parts(
            parts.settings,
            clock=parts.clock,
            database=parts.database,
            tokeniser=Tokeniser(corpus_words(parts.settings)),
            encoder=encoder,
        )
        other.follower.open()
        activated(parts, words)
        other.follower.take_words()
        assert other.desk.tokeniser.fingerprint == words.fingerprint()
        assert tokeniser_in_use(parts.settings).fingerprint == words.fingerprint()
        again = build_parts(
            parts.settings,
            clock=parts.clock,
            database=parts.database,
            tokeniser=Tokeniser(corpus_words(parts.settings)),
            encoder=encoder,
        )
        assert again.follower.open() is False
        assert again.desk.tokeniser.fingerprint == words.fingerprint()

    def test_keeps_nobody_waiting_and_loses_no_change_of_the_meantime(
        self, parts: Parts, words: WordList
    ) -> None:
        day = parts.clock.now().date()
        before = parts.desk.tokeniser.fingerprint
        activated(parts, words)
        building = Thread(target=parts.follower.take_words)
        # The new index can be built, not yet put in the place of the other.
        with parts.follower._turn:
            building.start()
            found = parts.desk.searcher.search("社保卡丢了怎么补办？", field=None, day=day)
            assert (found.verdict, found.degraded) == ("answered", False)
            assert parts.desk.tokeniser.fingerprint == before
            with session_scope(parts.database) as session:
                pair = find_pair(session, found.candidates[0].qa_id)
                withdraw_pair(session, pair, by="甲", reason="政策已失效", now=parts.clock.now())
        building.join()
        assert parts.desk.tokeniser.fingerprint == words.fingerprint()
        assert found.candidates[0].qa_id not in parts.follower.engine.index.pair_ids()
        assert parts.follower.catch_up() == parts.follower.revision


class TestReplay:
    def test_of_the_same_words_changes_nothing(self, parts: Parts) -> None:
        other = parts.follower.rehearse(Tokeniser(corpus_words(parts.settings)))
        questions = ["社保卡丢了怎么补办？", "低保怎么申请", "火星移民签证在哪里办"]
        with session_scope(parts.database, read_only=True) as session:
            day = parts.clock.now().date()
            found = replay(session, questions, parts.follower.engine, other, day=day)
        assert (found.asked, found.changed) == (3, ())

    def test_shows_what_other_words_would_change_and_leaves_the_index_alone(
        self, parts: Parts
    ) -> None:
        # Words that make two matters one: the second question loses what told them apart.
        bad = WordList("", "低保 社保卡 养老金 医保 失业金 补办 申请\n")
        before = parts.follower.engine.index
        other = parts.follower.rehearse(Tokeniser(bad))
        questions = [
            variant
            for stored in parts.follower.engine.index.live_texts()
            if (variant := stored.text) and stored.kind != "answer"
        ]
        with session_scope(parts.database, read_only=True) as session:
            day = parts.clock.now().date()
            asked = [f"请问一下{question}" for question in questions[:60]]
            found = replay(session, asked, parts.follower.engine, other, day=day)
        assert found.changed
        assert parts.follower.engine.index is before
        assert all(one.before != one.after for one in found.changed)


def test_a_version_keeps_what_was_written(parts: Parts, words: WordList) -> None:
    number = activated(parts, words)
    with session_scope(parts.database, read_only=True) as session:
        version = words_in_use(session)
        assert version is not None
        assert (version.id, word_list(version)) == (number, words)
        assert (version.author, version.activated_by) == ("编辑甲", "管理员")
