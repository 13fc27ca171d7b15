import csv
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from actors import person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from reviewing import publish_pair
from sqlalchemy import Engine

from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.exchange.exporter import export_pairs
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import UnreadableFileError
from qa_service.knowledge.pairs.listing import list_pairs
from qa_service.knowledge.pairs.overlap.overlaps import wordings_by_key
from qa_service.knowledge.pairs.record.blanks import local_blanks
from qa_service.knowledge.pairs.record.content import PairContent, question_key
from qa_service.knowledge.pairs.record.rules import clean_paragraphs, content_problems
from qa_service.knowledge.pairs.service import draft_pair, withdraw_pair
from qa_service.knowledge.revision import bank_stamp
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
SUFFIXES = st.sampled_from([".jsonl", ".csv", ".xlsx"])
MakeBank = Callable[[Path], Engine]

NASTY = "甲乙a1 =+-@'\"\\|｜、，,;；#＃\t\n\r<&_x000D_é😀\u3000\u2028\x00\x1b\ud800\ufffe"
DAYS = st.dates(date(2000, 1, 1), date(2026, 11, 24))


def texts(limit: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=NASTY, max_size=limit - 1).map(lambda text: text + "甲")


def _has_blanks(content: PairContent) -> bool:
    """Whether a draw holds a blank to fill in (___), with which nothing is submitted."""
    written = (content.question, content.answer, content.phone_script, *content.variants)
    return any(local_blanks(clean_paragraphs(text)) for text in (*written, *content.keywords))


CONTENTS = st.builds(
    PairContent,
    area=st.sampled_from(PolicyArea),
    unit=st.sampled_from(["pensions", "tax", "office"]),
    question=texts(40),
    variants=st.lists(texts(20), max_size=4).map(tuple),
    answer=texts(60),
    phone_script=texts(30),
    effective_from=DAYS,
    expires_on=st.none() | st.dates(date(2026, 11, 24), date(2030, 1, 1)),
    keywords=st.lists(st.text(alphabet=NASTY, max_size=10), max_size=3).map(tuple),
    basis=st.lists(
        st.builds(
            Basis,
            policy=st.sampled_from(["养老办法", "纳税|办法#甲", "双号一"]),
            article=st.none() | st.text(alphabet=NASTY, max_size=10),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
).filter(lambda content: not content_problems(content) and not _has_blanks(content))


def share_no_wording(entries: list[tuple[PairContent, str]]) -> bool:
    found = [key for content, _ in entries for key in wordings_by_key(content)]
    return len(found) == len(set(found))


BANKS = st.lists(
    st.tuples(CONTENTS, st.sampled_from(["draft", "published", "withdrawn"])),
    max_size=4,
    unique_by=lambda entry: question_key(entry[0].question),
).filter(share_no_wording)


def fill(bank: Engine, entries: list[tuple[PairContent, str]]) -> None:
    with session_scope(bank) as session:
        for content, status in entries:
            pair = draft_pair(session, content, by=person("甲"), now=NOW)
            if status == "published":
                publish_pair(session, pair, now=NOW)
            elif status == "withdrawn":
                withdraw_pair(session, pair, "=口径有误", now=NOW)


def state(bank: Engine) -> dict[str, Any]:
    with session_scope(bank, read_only=True) as session:
        views = list_pairs(session, day=NOW.date(), limit=1000).items
    return {view.key: (view.content, view.status, view.withdrawn_reason) for view in views}


def export(bank: Engine, path: Path) -> int:
    with session_scope(bank, read_only=True) as session:
        return export_pairs(session, path)


class TestRoundTrip:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BANKS.filter(bool), SUFFIXES)
    def test_an_export_gives_the_same_bank_again(
        self, make_bank: MakeBank, entries: list[tuple[PairContent, str]], suffix: str
    ) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            bank, other = make_bank(folder / "bank.db"), make_bank(folder / "other.db")
            fill(bank, entries)
            path = folder / f"out{suffix}"
            assert export(bank, path) == len(entries)
            with session_scope(other) as session:
                rows = read_rows(path)
                report = import_pairs(session, rows, by=person("乙"), now=NOW, publish=True)
            assert report.added == len(entries)
            assert state(other) == state(bank)
            bank.dispose()
            other.dispose()

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BANKS.filter(bool), SUFFIXES, st.booleans())
    def test_an_export_imported_where_it_came_from_changes_nothing(
        self,
        make_bank: MakeBank,
        entries: list[tuple[PairContent, str]],
        suffix: str,
        publish: bool,
    ) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            bank = make_bank(folder / "bank.db")
            fill(bank, entries)
            before = state(bank)
            export(bank, folder / f"out{suffix}")
            with session_scope(bank) as session:
                revision = bank_stamp(session)[1]
                rows = read_rows(folder / f"out{suffix}")
                report = import_pairs(session, rows, by=person("乙"), now=NOW, publish=publish)
                assert bank_stamp(session)[1] == revision
            assert report.unchanged == len(entries)
            assert state(bank) == before
            bank.dispose()


def formula_content() -> PairContent:
    return PairContent(
        area=PolicyArea.ELDERLY_CARE,
        unit="pensions",
        question="=1+1等于几？",
        variants=("＝甲怎么办",),
        keywords=("＠甲",),
        audience="－甲",
        region="＋甲",
        answer='=HYPERLINK("http://example.invalid","点这里")',
        phone_script="+86怎么拨",
        effective_from=date(2025, 1, 1),
        basis=(Basis("养老办法"),),
    )


class TestTables:
    def test_no_cell_of_a_csv_is_a_formula_to_excel(self, bank: Engine, tmp_path: Path) -> None:
        fill(bank, [(formula_content(), "published")])
        export(bank, tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert "'=1+1等于几？" in cells
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝＋－＠")]

    def test_no_cell_of_an_xlsx_is_a_formula(self, bank: Engine, tmp_path: Path) -> None:
        fill(bank, [(formula_content(), "published")])
        export(bank, tmp_path / "out.xlsx")
        sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert sheet["D2"].value == "'=1+1等于几？"

    def test_units_stand_in_tables_by_their_names(self, bank: Engine, tmp_path: Path) -> None:
        fill(bank, [(formula_content(), "draft")])
        export(bank, tmp_path / "out.csv")
        assert "甲区社保局" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


class TestFiles:
    def test_a_failed_export_leaves_the_old_file_and_no_other(
        self, bank: Engine, tmp_path: Path
    ) -> None:
        fill(bank, [(formula_content(), "draft")])
        folder = tmp_path / "out"
        folder.mkdir()
        (folder / "out.csv").write_text("before")

        def stop(_done: int, _total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), session_scope(bank, read_only=True) as session:
            export_pairs(session, folder / "out.csv", progress=stop)
        assert [path.read_text() for path in folder.iterdir()] == ["before"]

    def test_another_suffix_is_refused(self, bank: Engine, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError):
            export(bank, tmp_path / "out.pdf")
