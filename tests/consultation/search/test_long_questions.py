"""Letters: whole in the ledger, searched by what they ask, never answered outright."""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from scratch_service import REPOSITORY
from sqlalchemy import update

from qa_service.accounts.areas import UnknownAreaError
from qa_service.consultation.search.long_questions import (
    SENTENCES_SEARCHED,
    WHOLE_CHARACTERS,
    asking_sentences,
    is_long,
)
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.search.searcher import HELD_BACK, Searcher
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.models import QAVersion
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.engine import MOST_SEARCHES, RetrievalEngine
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Verdict

TOLD = (
    "尊敬的领导您好，我是本区的居民，家里的情况一言难尽。这些年来我们起早摸黑，日子过得紧巴巴，从来没有给街道添过麻烦。"
    "邻居们都很热心，逢年过节也互相走动。去年冬天特别冷，屋顶漏了两次雨，是自己爬上去补好的。今年春天下了很多雨，院子里的树长得很高。"
)
ASKED = "请问社保卡丢了怎么补办？"


def letter(characters: int, ask: str = ASKED) -> str:
    return (TOLD * (characters // len(TOLD) + 1))[: characters - len(ask) - 1] + "。" + ask


def test_the_sentences_that_ask_come_first_and_the_last_before_the_first() -> None:
    said = "我想问一下低保。天气很好。怎么申请临时救助？请问多久办好？谢谢您。"
    assert asking_sentences(said) == ("请问多久办好？", "怎么申请临时救助？", "我想问一下低保。")
    assert asking_sentences("天气很好。花开了。") == ("花开了。", "天气很好。")


@pytest.mark.parametrize("characters", [600, 2_001, 100_000])
def test_a_letter_finds_candidates_and_keeps_every_word(
    asking: Callable[..., Any], characters: int
) -> None:
    said = letter(characters)
    assert is_long(said)
    asked = asking(said)
    assert asked.result.verdict is Verdict.CHOOSE
    assert "社保卡" in asked.result.candidates[0].content.question
    assert asked.consultation.question == said
    assert len({one.qa_id for one in asked.result.candidates}) == len(asked.result.candidates)


def test_a_natural_letter_of_many_pages_takes_less_than_two_seconds_of_the_processor(
    asking: Callable[..., Any],
) -> None:
    asking(ASKED)  # words and names are loaded with the first question
    rows = (REPOSITORY / "corpus" / "qa_pairs.jsonl").read_text("utf-8").splitlines()
    told = "我叫王小明，住人民路5号，电话13600001234。" + "".join(
        json.loads(row)["answer"] for row in rows
    )
    said = told[:98_900] + f"我去年交了3,600元。{ASKED}"
    begun = process_time()
    asked = asking(said)
    assert process_time() - begun < 2
    assert asked.consultation.question.startswith("我叫〔姓名〕，住〔地址〕，电话〔手机号〕。")
    assert asked.consultation.question.endswith(said[-5_000:])


def test_a_letter_that_asks_nothing_known_is_registered_whole(asking: Callable[..., Any]) -> None:
    said = letter(5_000, "请问火星上的月球车牌照怎么年审？")
    asked = asking(said)
    if asked.result.verdict is Verdict.UNMATCHED:
        assert asked.entry.question == said
    else:
        assert asked.result.verdict is Verdict.CHOOSE


def test_an_unsigned_answer_is_held_back_in_a_letter_too(services: Services) -> None:
    cautious = Searcher(services.database, services.index_sync, limit=5, tells_unsigned=False)
    found = cautious.search(letter(600), area=None, day=services.clock.now().date())
    assert found.verdict is Verdict.CHOOSE
    assert HELD_BACK in found.candidates[0].why.differences


def test_the_sentences_of_a_letter_are_searched_for_its_audience(services: Services) -> None:
    day, search = services.clock.now().date(), services.searcher.search
    with session_scope(services.database) as session:
        session.execute(update(QAVersion).values(audience="优抚对象", limited_reason="仅涉优抚"))
    assert search(letter(600), area=None, day=day).candidates == ()
    assert search(
        letter(600), area=None, day=day, narrowed=Narrowing(audience="优抚对象")
    ).candidates


def test_a_letter_in_an_unknown_area_is_refused(services: Services) -> None:
    with pytest.raises(UnknownAreaError):
        services.searcher.search(letter(600), area="天文", day=services.clock.now().date())


class CountingEngine(RetrievalEngine):
    """The real one, noting each text that it searches."""

    asked: list[str]

    def analyse(self, question: str, watch: Stopwatch | None = None) -> AnalysedQuestion:
        """Note the text and analyse it."""
        self.asked.append(question)
        return super().analyse(question, watch)


def test_a_message_costs_at_most_ten_searches(services: Services) -> None:
    present = services.index_sync.engine
    engine = CountingEngine(
        present.tokenizer, present.encoder, present.calibration, reranker=present.reranker
    )
    engine.adopt(present.index)
    store = SnapshotStore(services.settings.index_dir)
    sync = IndexSync(services.database, engine, services.tokenizer, store)
    searcher = Searcher(services.database, sync, limit=5)
    said = "".join(
        f"请问{matter}怎么申请，另外要多少钱，还有谁来批，再问多久办好？"
        for matter in ("低保", "社保卡", "居住证", "公租房", "生育津贴", "失业金", "加装电梯")
    )
    day = services.clock.now().date()
    engine.asked = []
    searcher.search(said[:WHOLE_CHARACTERS], area=None, day=day)
    assert 1 < len(engine.asked) <= MOST_SEARCHES
    engine.asked = []
    searcher.search(said * 3, area=None, day=day)
    assert SENTENCES_SEARCHED < len(engine.asked) <= SENTENCES_SEARCHED - 1 + MOST_SEARCHES == 10
