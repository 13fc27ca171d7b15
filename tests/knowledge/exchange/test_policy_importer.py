from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from qa_service.clock import BEIJING
from qa_service.knowledge.exchange.import_report import ImportRefusedError, ImportReport
from qa_service.knowledge.exchange.policy_importer import import_policies
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.record.full_text import search_policies
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome, PublicKind, Validity

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
HEADER = "标识,标题,文号,制定机关,效力,发布日期,施行日期,失效日期,替代文件\n"
LINE = "新办法,新办法,试〔2026〕3号,甲部,有效,2026/1/2,2026年2月1日,,\n"


def take(
    bank: Engine, folder: Path, text: str, *, head: str = HEADER, keep_good_rows: bool = False
) -> ImportReport:
    (folder / "policies.csv").write_text(head + text, encoding="gb18030")
    with session_scope(bank) as session:
        rows = read_rows(folder / "policies.csv")
        return import_policies(session, rows, now=NOW, keep_good_rows=keep_good_rows)


def library(bank: Engine) -> dict[str, PolicyDocument]:
    with session_scope(bank, read_only=True) as session:
        found = [one.document for one in search_policies(session)]
        session.expunge_all()
    return {policy.key: policy for policy in found}


class TestImportPolicies:
    def test_stores_what_is_new_and_nothing_twice(self, bank: Engine, tmp_path: Path) -> None:
        assert take(bank, tmp_path, LINE).added == 1
        assert take(bank, tmp_path, LINE).unchanged == 1
        stored = library(bank)["新办法"]
        assert (stored.issued_on, stored.effective_from) == (date(2026, 1, 2), date(2026, 2, 1))

    def test_a_change_of_validity_is_stored(self, bank: Engine, tmp_path: Path) -> None:
        take(bank, tmp_path, LINE)
        changed = LINE.replace("有效", "废止").replace(",,\n", ",2026-11-01,养老办法\n")
        assert take(bank, tmp_path, changed).changed == 1
        stored = library(bank)["新办法"]
        assert (stored.validity, stored.invalid_since) == (Validity.REPEALED, date(2026, 11, 1))
        assert stored.replaced_by == "养老办法"

    def test_a_bad_row_is_named_and_nothing_is_stored(self, bank: Engine, tmp_path: Path) -> None:
        bad = LINE.replace("有效", "现行").replace("新办法", "别办法")
        with pytest.raises(ImportRefusedError) as caught:
            take(bank, tmp_path, LINE + bad)
        assert caught.value.report.rows[1].cell == "第3行「效力」"
        assert "新办法" not in library(bank)

    def test_good_rows_can_be_kept(self, bank: Engine, tmp_path: Path) -> None:
        report = take(bank, tmp_path, LINE + LINE, keep_good_rows=True)
        assert (report.added, report.refused) == (1, 1)
        assert "第2行" in report.rows[1].reason
        assert "新办法" in library(bank)

    @pytest.mark.parametrize(
        ("old", "new", "cell"),
        [
            ("试〔2026〕3号", " ", "第2行「文号」"),
            ("甲部", "部" * 201, "第2行「制定机关」"),
            (",,\n", ",2026-01-31,\n", "第2行「失效日期」"),
        ],
    )
    def test_names_the_faulty_cell(
        self, bank: Engine, tmp_path: Path, old: str, new: str, cell: str
    ) -> None:
        report = take(bank, tmp_path, LINE.replace(old, new), keep_good_rows=True)
        assert [row.cell for row in report.rows] == [cell]


class TestWhatARowDoesNotState:
    """It stays as it is stored."""

    HEAD = "标识,标题,文号,制定机关,效力,公开属性,公开属性的理由,是否公开,链接\n"
    CLOSED = "新办法,新办法,试〔2026〕3号,甲部,有效,不公开,内部工作规则,否,https://example.org/1\n"

    def test_a_file_without_the_columns_makes_no_document_public(
        self, bank: Engine, tmp_path: Path
    ) -> None:
        take(bank, tmp_path, self.CLOSED, head=self.HEAD)
        assert take(bank, tmp_path, LINE.replace("甲部", "乙部")).changed == 1
        stored = library(bank)["新办法"]
        assert (stored.issuer, stored.public_kind) == ("乙部", PublicKind.NOT_PUBLIC)
        assert (stored.is_public, stored.public_reason) == (False, "内部工作规则")
        assert stored.link == "https://example.org/1"

    def test_empty_cells_make_no_document_public(self, bank: Engine, tmp_path: Path) -> None:
        take(bank, tmp_path, self.CLOSED, head=self.HEAD)
        empty = self.CLOSED.replace("不公开,内部工作规则,否", "无,,")
        assert take(bank, tmp_path, empty, head=self.HEAD).unchanged == 1
        withheld = self.CLOSED.replace("不公开,内部工作规则,否", "主动公开,,")
        assert take(bank, tmp_path, withheld, head=self.HEAD).changed == 1
        stored = library(bank)["新办法"]
        assert (stored.public_kind, stored.is_public) == (PublicKind.ACTIVE, False)

    def test_a_row_that_says_so_makes_a_document_public(self, bank: Engine, tmp_path: Path) -> None:
        take(bank, tmp_path, self.CLOSED, head=self.HEAD)
        opened = self.CLOSED.replace("不公开,内部工作规则,否", "主动公开,,是")
        assert take(bank, tmp_path, opened, head=self.HEAD).changed == 1
        stored = library(bank)["新办法"]
        assert (stored.is_public, stored.public_reason) == (True, None)

    def test_a_reason_is_not_kept_for_another_kind(self, bank: Engine, tmp_path: Path) -> None:
        take(bank, tmp_path, self.CLOSED, head=self.HEAD)
        head = HEADER.replace("\n", ",公开属性\n")
        asked = LINE.replace("\n", ",依申请公开\n")
        report = take(bank, tmp_path, asked, head=head, keep_good_rows=True)
        assert [row.cell for row in report.rows] == ["第2行「公开属性的理由」"]

    def test_a_document_in_force_again_keeps_no_day_of_its_end(
        self, bank: Engine, tmp_path: Path
    ) -> None:
        ended = LINE.replace("有效", "废止").replace(",,\n", ",2026-11-01,养老办法\n")
        take(bank, tmp_path, ended)
        head, row = self.HEAD, self.CLOSED.replace("不公开,内部工作规则,否", ",,")
        same = row.replace("有效", "废止")
        assert take(bank, tmp_path, same, head=head).rows[0].outcome is ImportOutcome.CHANGED
        assert library(bank)["新办法"].invalid_since == date(2026, 11, 1)
        take(bank, tmp_path, row, head=head)
        stored = library(bank)["新办法"]
        assert (stored.validity, stored.invalid_since) == (Validity.IN_FORCE, None)
