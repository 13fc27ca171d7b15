"""The bank as a list: what the filters let through, and a page at a time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from actors import person
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.units import find_unit
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.listing import Lack, PairFilter, count_lacking, list_pairs
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
PENSION = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="pensions",
    question="养老金怎么领？",
    variants=("退休工资上哪儿拿",),
    answer="凭ABC卡到社保局领，90%的人当月到账。",
    phone_script="到社保局领。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("养老办法", "第一条"),),
)
TAX = replace(
    PENSION,
    area=PolicyArea.TAXATION,
    unit="tax",
    question="个税怎么退？",
    variants=("多交的税能要回来吗",),
    answer="在应用里申请退税。",
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    if request.param == "sqlite":
        engine: Engine = request.getfixturevalue("bank")
    else:
        engine = request.getfixturevalue("postgres_bank")
    with session_scope(engine) as opened:
        yield opened


@pytest.fixture
def pension(session: Session) -> int:
    return number(published(session, PENSION))


@pytest.fixture
def tax(session: Session) -> int:
    return number(published(session, TAX))


def published(session: Session, content: PairContent) -> QAPair:
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair


def number(pair: QAPair) -> int:
    assert pair.id is not None
    return pair.id


def listed(session: Session, wanted: PairFilter) -> list[int]:
    return [view.pair_id for view in list_pairs(session, wanted, day=NOW.date()).items]


class TestWords:
    @pytest.mark.parametrize(
        "words",
        ["养老金", "退休工资", "社保局", "abc卡", "90%", "养老金 当月", "  怎么领  社保局 "],
    )
    def test_are_found_in_the_question_a_variant_or_the_answer(
        self, session: Session, pension: int, tax: int, words: str
    ) -> None:
        assert listed(session, PairFilter(words=words)) == [pension]

    @pytest.mark.parametrize("words", ["养老金 退税", "9_%", "%", "_", "'", "低保"])
    def test_must_all_be_there_as_they_are_written(
        self, session: Session, pension: int, tax: int, words: str
    ) -> None:
        found = listed(session, PairFilter(words=words))
        assert found == ([pension] if words == "%" else [])

    def test_may_be_the_number_or_the_key(self, session: Session, pension: int, tax: int) -> None:
        key = list_pairs(session, day=NOW.date()).items[1].key
        assert listed(session, PairFilter(words=key)) == [tax]
        assert tax in listed(session, PairFilter(words=str(tax)))
        assert listed(session, PairFilter(words="9" * 30)) == []

    def test_are_found_in_what_is_being_written(self, session: Session, tax: int) -> None:
        pair = session.get_one(QAPair, tax)
        edit_pair(session, pair, replace(TAX, answer="向税务大厅索要。"), by=person("甲"), now=NOW)
        assert listed(session, PairFilter(words="税务大厅")) == [tax]

    def test_do_not_tell_what_another_unit_is_writing(self, session: Session, tax: int) -> None:
        pair = session.get_one(QAPair, tax)
        edit_pair(session, pair, replace(TAX, answer="向税务大厅索要。"), by=person("甲"), now=NOW)
        pensions, own = (
            frozenset({find_unit(session, key).id or 0}) for key in ("pensions", "tax")
        )
        assert listed(session, PairFilter(words="税务大厅", within=pensions)) == []
        assert listed(session, PairFilter(words="应用里", within=pensions)) == [tax]
        assert listed(session, PairFilter(words="税务大厅", within=own)) == [tax]


class TestFilters:
    def test_by_unit(self, session: Session, pension: int, tax: int) -> None:
        assert listed(session, PairFilter(unit="tax")) == [tax]
        assert listed(session, PairFilter(unit="nobody")) == []

    def test_together(self, session: Session, pension: int, tax: int) -> None:
        draft_pair(session, replace(TAX, question="个税怎么补？"), by=person("甲"), now=NOW)
        wanted = PairFilter(
            area=PolicyArea.TAXATION, status=PairStatus.PUBLISHED, unit="tax", words="个税"
        )
        assert listed(session, wanted) == [tax]

    def test_by_what_the_version_in_work_lacks(
        self, session: Session, pension: int, tax: int
    ) -> None:
        unread = replace(PENSION, basis=(Basis("养老办法", "第一条", verified=False),))
        blank = replace(TAX, phone_script="退【本地：几，元】。")
        for pair_id, content in ((pension, unread), (tax, blank)):
            pair = session.get_one(QAPair, pair_id)
            edit_pair(session, pair, content, by=person("甲"), now=NOW)
        assert listed(session, PairFilter(lacks=Lack.BLANKS)) == [tax]
        assert listed(session, PairFilter(lacks=Lack.UNREAD)) == [pension]
        assert count_lacking(session) == {Lack.BLANKS: 1, Lack.UNREAD: 1}
        pensions = PairFilter(within=frozenset({find_unit(session, "pensions").id or 0}))
        assert count_lacking(session, pensions) == {Lack.BLANKS: 0, Lack.UNREAD: 1}
        edit_pair(session, session.get_one(QAPair, tax), TAX, by=person("甲"), now=NOW)
        assert count_lacking(session)[Lack.BLANKS] == 0

    def test_leave_out_what_another_unit_has_not_published(
        self, session: Session, pension: int
    ) -> None:
        draft_pair(session, TAX, by=person("甲"), now=NOW)
        pensions = frozenset({find_unit(session, "pensions").id or 0})
        assert listed(session, PairFilter(within=pensions)) == [pension]


def test_pages_follow_on_each_other_and_hold_each_pair_once(session: Session) -> None:
    made = [
        number(
            draft_pair(
                session, replace(TAX, question=f"第{at}税怎么退？"), by=person("甲"), now=NOW
            )
        )
        for at in range(7)
    ]
    seen, after = [], 0
    for _ in range(4):
        page = list_pairs(session, PairFilter(words="税"), day=NOW.date(), after=after, limit=2)
        seen += [view.pair_id for view in page.items]
        after = page.next_after or 0
    assert (seen, after) == (made, 0)


@pytest.mark.parametrize("words", ["补办 户口簿", "補辦戶口簿", "台湾同胞", "臺灣"])
def test_words_in_simplified_characters_find_a_pair_written_in_traditional_ones(
    session: Session, words: str
) -> None:
    written = replace(PENSION, question="臺灣同胞怎樣補辦戶口簿？", answer="到派出所戶籍窗口補辦。")
    wanted = number(published(session, written))
    assert listed(session, PairFilter(words=words)) == [wanted]
