from dataclasses import replace
from datetime import date, datetime

import pytest
from actors import person
from reviewing import publish_pair
from sqlalchemy import event
from sqlmodel import Session

from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.overlap.contradictions import (
    ContradictionResolvedError,
    Found,
    UnexplainedContradictionError,
    contested_ids,
    open_contradictions,
    resolve,
    scan,
    store_found,
)
from qa_service.knowledge.pairs.overlap.disagreements import disagreements
from qa_service.knowledge.pairs.overlap.near_duplicates import near_duplicates
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, find_pair, withdraw_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
CONTENT = PairContent(
    area=PolicyArea.SOCIAL_ASSISTANCE,
    unit="civil-affairs",
    question="老旧小区加装电梯补助多少钱？",
    variants=(),
    answer="每台补助20万元，办理需要30个工作日。",
    phone_script="每台补助20万元。",
    effective_from=date(2026, 1, 1),
    basis=(Basis("社会救助暂行办法", "第九条"),),
)
OTHER = replace(
    CONTENT,
    question="老旧小区加装电梯补助是多少钱？",
    answer="每台补助15万元，办理需要30个工作日。",
)


def publish(session: Session, content: PairContent) -> int:
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    assert pair.id is not None
    return pair.id


@pytest.fixture
def both(services: Services) -> tuple[int, int]:
    """Two published pairs that answer nearly the same question otherwise."""
    with session_scope(services.database) as session:
        ids = publish(session, CONTENT), publish(session, OTHER)
    services.index_sync.catch_up()
    return ids


def scanned(services: Services) -> list[Found]:
    with session_scope(services.database, read_only=True) as session:
        engine = services.index_sync.engine
        return scan(session, engine, now=NOW, progress=lambda _done, _total: None)


class TestDisagreements:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"answer": "每台补助15万元。"}, "数字不同：20万元 / 15万元"),
            (
                {"answer": "补助20万元。", "basis": (Basis("甲法"),)},
                "依据不同：社会救助暂行办法 / 甲法",
            ),
        ],
    )
    def test_are_told_in_words(self, changes: dict[str, object], told: str) -> None:
        assert disagreements(CONTENT, replace(CONTENT, **changes)) == (told,)

    def test_of_dates_are_told(self) -> None:
        one = replace(CONTENT, answer="2026年7月1日起执行。")
        other = replace(CONTENT, answer="2026年8月1日起执行。")
        assert disagreements(one, other) == ("日期不同：2026年7月1日 / 2026年8月1日",)

    def test_are_none_where_one_says_more(self) -> None:
        assert (
            disagreements(CONTENT, replace(CONTENT, answer="20万元，5个工作日或30个工作日。")) == ()
        )


class TestNearDuplicates:
    def test_are_found_for_another_wording_and_not_for_another_matter(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        engine = services.index_sync.engine
        near = near_duplicates(engine, "老旧小区加装电梯补助多少钱呢？", besides=both[1])
        assert [one.pair_id for one in near] == [both[0]]
        assert near_duplicates(engine, "小区停车收费标准是多少？") == []


class TestWorkList:
    def test_a_scan_finds_both_sides_once(self, services: Services, both: tuple[int, int]) -> None:
        found = scanned(services)
        assert [(one.first_id, one.second_id) for one in found] == [both]
        with session_scope(services.database) as session:
            assert store_found(session, found, now=NOW) == 1
            assert store_found(session, found, now=NOW) == 0
            (one,) = open_contradictions(session, now=NOW)
            assert (one.first.pair_id, one.second.pair_id) == both

    def test_what_is_resolved_comes_back_only_with_another_difference(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        found = scanned(services)
        with session_scope(services.database) as session:
            store_found(session, found, now=NOW)
            number = open_contradictions(session, now=NOW)[0].contradiction.id or 0
            with pytest.raises(UnexplainedContradictionError):
                resolve(session, number, " ", by=person("乙"), now=NOW)
            resolve(session, number, "两项补助并行", by=person("乙"), now=NOW)
            with pytest.raises(ContradictionResolvedError):
                resolve(session, number, "再次", by=person("乙"), now=NOW)
            assert store_found(session, found, now=NOW) == 0
            assert open_contradictions(session, now=NOW) == []
            other = [replace(found[0], differences=("依据不同：甲 / 乙",))]
            assert store_found(session, other, now=NOW) == 1

    def test_one_whose_side_was_withdrawn_waits_no_more(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        found = scanned(services)
        with session_scope(services.database) as session:
            store_found(session, found, now=NOW)
            withdraw_pair(session, find_pair(session, both[0]), "重复", now=NOW)
            assert open_contradictions(session, now=NOW) == []


def test_a_search_of_a_large_bank_never_reads_all_published_pairs(
    services: Services, both: tuple[int, int]
) -> None:
    """SQLite has no statistics: a join would begin with an index of the status."""
    plans: list[str] = []

    def explain(*given: object) -> None:
        _, cursor, statement, values, *_ = given
        if str(statement).startswith("SELECT"):
            raw = cursor.connection.cursor()  # type: ignore[attr-defined]
            found = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.extend(str(row[3]) for row in found)

    with session_scope(services.database) as session:
        store_found(session, scanned(services), now=NOW)
        event.listen(services.database, "before_cursor_execute", explain)
        assert contested_ids(session, both, day=NOW.date()) == set(both)
        event.remove(services.database, "before_cursor_execute", explain)
    assert any("USING INTEGER PRIMARY KEY" in plan for plan in plans)
    assert not any("SCAN" in plan or "status" in plan for plan in plans), plans
