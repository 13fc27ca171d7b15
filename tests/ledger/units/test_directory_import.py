"""Units and areas are merged and retired by import, as on their page, and exported so."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from desk import MORNING, SUPERVISOR, Register
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.areas import (
    AREAS_OF_THE_NOTICE,
    AreaContent,
    add_area,
    find_area,
    store_area,
)
from qa_service.accounts.units import find_unit
from qa_service.knowledge.exchange.directory.workbook import areas_workbook, directory_workbook
from qa_service.knowledge.exchange.import_report import ImportRefusedError, ImportReport
from qa_service.knowledge.exchange.rows.readers import read_file
from qa_service.knowledge.exchange.rows.source_row import SourceFile
from qa_service.ledger.queries import entry_events
from qa_service.ledger.units.directory_import import import_areas, import_units
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome, PolicyArea

Import = Callable[..., ImportReport]


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        for area in AREAS_OF_THE_NOTICE:
            store_area(opened, area)
        yield opened


@pytest.fixture
def take(session: Session, tmp_path: Path) -> Import:
    """Imports rows of a CSV file, or the bytes of a workbook."""

    def import_rows(
        given: Sequence[str] | bytes, *, areas: bool = False, keep: bool = False
    ) -> ImportReport:
        is_book = isinstance(given, bytes)
        path = tmp_path / ("名录.xlsx" if is_book else "名录.csv")
        path.write_bytes(given if isinstance(given, bytes) else "\n".join(given).encode())
        read = import_areas if areas else import_units
        rows = list(read_file(SourceFile(path, path.name)))
        return read(session, rows, actor=SUPERVISOR, now=MORNING, keep_good_rows=keep)

    return import_rows


def outcomes(report: ImportReport) -> list[ImportOutcome]:
    return [row.outcome for row in report.rows]


class TestUnits:
    def test_one_is_merged_and_its_open_entries_and_history_say_so(
        self, session: Session, take: Import, enter: Register
    ) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        report = take(["名称,状态,并入", "甲区税务局,停用,甲区财税局", "甲区财税局,,"])
        assert outcomes(report) == [ImportOutcome.CHANGED, ImportOutcome.ADDED]
        assert "已并入甲区财税局：未销号台账 1 个" in report.rows[0].note
        heir = find_unit(session, report.rows[1].key)
        assert (entry.unit_id, find_unit(session, "tax").merged_into_id) == (heir.id, heir.id)
        assert "甲区税务局并入甲区财税局" in entry_events(session, entry.number)[-1].reason
        again = take(["名称,状态,并入", "甲区税务局,停用,甲区财税局"])
        assert outcomes(again) == [ImportOutcome.UNCHANGED]

    def test_a_chain_of_merges_and_the_end_of_a_parent_after_its_child(
        self, session: Session, take: Import
    ) -> None:
        take(["标识,名称,层级,上级单位", "street,甲山街道,镇街,", "village,甲山村,村社,甲山街道"])
        report = take(
            [
                "名称,状态,并入",
                "甲区社保局,,甲区政务服务办",
                "甲区税务局,停用,甲区社保局",
                "甲山街道,停用,",
                "甲山村,停用,",
            ]
        )
        assert set(outcomes(report)) == {ImportOutcome.CHANGED}
        ended = ("tax", "pensions", "street", "village")
        assert not any(find_unit(session, key).is_active for key in ended)
        assert find_unit(session, "tax").merged_into_id == find_unit(session, "pensions").id

    def test_every_fault_of_a_row_is_told_at_once_and_nothing_is_changed(
        self, session: Session, take: Import, enter: Register
    ) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        with pytest.raises(ImportRefusedError) as refused:
            take(
                [
                    "名称,层级,邮箱,状态,并入",
                    "甲区税务局,区级部门,,停用,",
                    "甲区社保局,区里,没有,在用,甲区政务服务办",
                    "甲区政务服务办,区级部门,,停用,火星局",
                ]
            )
        taxed, pensions, office = refused.value.report.rows
        assert entry.number in taxed.reason
        assert taxed.cell == "第2行「状态」"
        for told in ("“区里”不在可选值之内", "不是电子邮箱地址", "写了并入的"):
            assert told in pensions.reason
        assert "没有单位“火星局”" in office.reason
        assert all(find_unit(session, key).is_active for key in ("tax", "pensions", "office"))

    def test_a_refused_row_changes_nothing_where_the_good_ones_are_kept(
        self, session: Session, take: Import, enter: Register
    ) -> None:
        enter(session, MORNING, area=PolicyArea.TAXATION)
        report = take(
            [
                "名称,电话,牵头领域,状态",
                "甲区税务局,023-60000001,纳税,停用",
                "甲区社保局,023-60000002,养老,",
            ],
            keep=True,
        )
        assert outcomes(report) == [ImportOutcome.REFUSED, ImportOutcome.CHANGED]
        phones = [find_unit(session, key).phone for key in ("tax", "pensions")]
        assert phones == [None, "023-60000002"]

    def test_one_that_is_retired_comes_back_and_gets_no_other_heir_meanwhile(
        self, session: Session, take: Import
    ) -> None:
        take(["名称,并入", "甲区税务局,甲区社保局"])
        with pytest.raises(ImportRefusedError, match="1 行"):
            take(["名称,并入", "甲区税务局,甲区政务服务办"])
        assert outcomes(take(["名称,状态", "甲区税务局,在用"])) == [ImportOutcome.CHANGED]
        assert find_unit(session, "tax").is_active

    def test_the_exported_directory_says_what_is_retired_and_changes_nothing(
        self, session: Session, take: Import
    ) -> None:
        take(["名称,并入", "甲区税务局,甲区社保局"])
        report = take(directory_workbook(session))
        assert set(outcomes(report)) == {ImportOutcome.UNCHANGED}
        assert {row.key for row in report.rows} == {"tax", "pensions", "office"}


class TestAreas:
    def test_one_is_merged_retired_and_exported(
        self, session: Session, take: Import, enter: Register
    ) -> None:
        add_area(session, AreaContent("住房", "住房"), actor=SUPERVISOR, now=MORNING)
        entry = enter(session, MORNING, area="住房")
        with pytest.raises(ImportRefusedError) as refused:
            take(["名称,状态", "住房,停用"], areas=True)
        assert entry.number in refused.value.report.rows[0].reason
        lines = ["名称,状态,并入", "住房,停用,住房保障", "住房保障,,", "纳税,停用,"]
        report = take(lines, areas=True)
        assert outcomes(report)[:2] == [ImportOutcome.CHANGED, ImportOutcome.ADDED]
        assert (entry.area, find_area(session, "住房").merged_into) == ("住房保障", "住房保障")
        assert not find_area(session, "纳税").is_active
        again = take(areas_workbook(session), areas=True)
        assert set(outcomes(again)) == {ImportOutcome.UNCHANGED}
