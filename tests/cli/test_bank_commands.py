import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import Workbook
from scratch_service import TEST_BANK

from qa_service.accounts.users import create_user
from qa_service.knowledge.gates import Proofreading, StageRule
from qa_service.knowledge.review_models import ReviewPlan
from qa_service.settings import DATABASE_FILE
from qa_service.storage.engine import open_engine, session_scope
from qa_service.vocabulary import Gate, Role, Stage

Command = Callable[..., Result]
NOW = datetime(2026, 11, 24, tzinfo=UTC)

HEADINGS = [
    "编号",
    "领域",
    "承办单位",
    "标准问题",
    "相似问",
    "答案",
    "口播稿",
    "生效日期",
    "失效日期",
    "关键词",
    "政策依据",
]
ROW = (
    "new-1",
    "纳税",
    "区税务局",
    "增值税申报表在哪里下载？",
    "申报表哪里有|报税的表去哪找",
    "在电子税务局下载。",
    "电子税务局就能下载。",
    "2025-01-01",
    "",
    "申报表",
    "增值税法#第三十条",
)


BY = ("--by", "li")
"""Who imports what is published."""


def write_csv(path: Path, encoding: str, row: tuple[str, ...] = ROW) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADINGS, row])
    return path


def write_rows(path: Path, *rows: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])


@pytest.fixture
def loaded(command: Command, started: Path) -> Command:
    """The command, on a service that holds the test bank and has two people."""
    engine = open_engine(f"sqlite:///{started / 'data' / DATABASE_FILE}")
    with session_scope(engine) as session:
        for login, name, role in (("li", "李编辑", Role.EDITOR), ("wu", "吴坐席", Role.OPERATOR)):
            create_user(
                session,
                login,
                "correct horse battery",
                display_name=name,
                roles=[role],
                hashed="unused",
                now=NOW,
            )
    engine.dispose()
    return command


def exported(command: Command, home: Path) -> dict[str, dict[str, object]]:
    path = home / "out.jsonl"
    assert command("export", path).exit_code == 0
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {str(row["key"]): row for row in rows}


class TestImport:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_takes_csv_as_it_comes_and_changes_nothing_twice(
        self, loaded: Command, home: Path, encoding: str
    ) -> None:
        path = write_csv(home / "bank.csv", encoding)
        assert "新增 1，更新 0，无变化 0，未导入 0" in loaded("import", path, *BY).stdout
        assert "新增 0，更新 0，无变化 1，未导入 0" in loaded("import", path, *BY).stdout
        assert exported(loaded, home)["new-1"]["variants"] == ["申报表哪里有", "报税的表去哪找"]

    def test_takes_xlsx(self, loaded: Command, home: Path) -> None:
        book = Workbook()
        assert book.active is not None
        book.active.append(HEADINGS)
        book.active.append(ROW)
        book.save(home / "bank.xlsx")
        assert "新增 1" in loaded("import", home / "bank.xlsx", *BY).stdout

    def test_a_bad_row_keeps_the_whole_file_out_and_names_the_cell(
        self, loaded: Command, home: Path
    ) -> None:
        good, bad = list(ROW), list(ROW)
        bad[0], bad[3], bad[7] = "new-2", "另一个问题怎么办？", "明年"
        with (home / "bank.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADINGS, good, bad])
        result = loaded("import", home / "bank.csv", *BY)
        assert result.exit_code == 1
        assert "生效日期" in result.stdout
        assert "new-1" not in exported(loaded, home)

    def test_keeps_the_good_rows_when_told_to(self, loaded: Command, home: Path) -> None:
        bad = list(ROW)
        bad[0], bad[3], bad[10] = "new-2", "另一个问题怎么办？", "没有的文件"
        with (home / "bank.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADINGS, ROW, bad])
        result = loaded("import", home / "bank.csv", "--keep-good-rows", *BY)
        assert result.exit_code == 1
        assert "new-1" in exported(loaded, home)
        assert "new-2" not in exported(loaded, home)

    def test_a_dry_run_reports_and_writes_nothing(self, loaded: Command, home: Path) -> None:
        path = write_csv(home / "bank.csv", "utf-8")
        assert "新增 1" in loaded("import", path, "--dry-run").stdout
        assert "new-1" not in exported(loaded, home)

    @pytest.mark.parametrize(
        ("by", "told"),
        [((), "--by"), (("--by", "nobody"), "没有账号"), (("--by", "wu"), "权限")],
    )
    def test_what_it_publishes_needs_a_person_with_the_right(
        self, loaded: Command, home: Path, by: tuple[str, ...], told: str
    ) -> None:
        result = loaded("import", write_csv(home / "bank.csv", "utf-8"), *by)
        assert (result.exit_code, told in result.stderr) == (1, True)
        assert "new-1" not in exported(loaded, home)

    def test_what_it_publishes_is_told_and_exported_as_unsigned(
        self, loaded: Command, home: Path
    ) -> None:
        result = loaded("import", write_csv(home / "bank.csv", "utf-8"), *BY)
        assert "其中 1 条已发布，未经本单位审校" in result.stdout + result.stderr
        assert exported(loaded, home)["new-1"]["unsigned"] == "未经本单位审校"

    def test_a_draft_is_not_published(self, loaded: Command, home: Path) -> None:
        loaded("import", write_csv(home / "bank.csv", "utf-8"), "--draft")
        asked = loaded("ask", ROW[3], "--dry-run", "--json")
        assert "new-1" not in asked.stdout

    def test_an_unreadable_file_is_refused_with_what_to_do(
        self, loaded: Command, home: Path
    ) -> None:
        (home / "bank.pdf").write_bytes(b"%PDF")
        result = loaded("import", home / "bank.pdf")
        assert result.exit_code == 1
        assert "错误（" in result.stderr

    def test_tells_contradictions_before_anything_is_published(
        self, loaded: Command, home: Path
    ) -> None:
        told = list(ROW)
        told[0], told[3], told[4] = "new-2", "加装火星电梯每台补助多少钱？", ""
        told[5], told[6] = "每台补助 200000 元。", "每台二十万元。"
        other = [*told]
        other[0], other[3] = "new-3", "加装火星电梯每台的补助多少钱？"
        other[5], other[6] = "每台补助 300000 元。", "每台三十万元。"
        both = home / "both.csv"
        write_rows(both, told, other)
        for options in (("--dry-run",), BY):
            result = loaded("import", both, *options)
            assert "第3行" in result.stdout
            assert "与第2行“加装火星电梯每台补助多少钱？”口径不一致" in result.stdout
            assert "--despite-advice" in result.stderr
            assert "new-2" not in exported(loaded, home)
        one, another = home / "one.csv", home / "another.csv"
        write_rows(one, told)
        write_rows(another, other)
        assert loaded("import", one, *BY).exit_code == 0
        refused = loaded("import", another, *BY)
        assert (refused.exit_code, "import_unconfirmed" in refused.stderr) == (1, True)
        assert "与问答" in refused.stdout
        assert "new-3" not in exported(loaded, home)
        assert loaded("import", another, "--despite-advice", *BY).exit_code == 0
        assert "new-3" in exported(loaded, home)

    def test_does_not_publish_a_row_with_a_mark_of_secrecy(
        self, loaded: Command, home: Path
    ) -> None:
        marked = list(ROW)
        marked[5] = "内部资料，不得外传。"
        write_rows(home / "bank.csv", marked)
        result = loaded("import", home / "bank.csv", "--despite-advice", *BY)
        assert (result.exit_code, "含有涉密标志" in result.stdout) == (1, True)
        assert "new-1" not in exported(loaded, home)

    def test_takes_policies(self, loaded: Command, home: Path) -> None:
        result = loaded("import", TEST_BANK / "policies.jsonl", "--kind", "policies")
        assert "无变化 7" in result.stdout


class TestStageTable:
    def test_that_leaves_a_gate_unasked_stops_the_start(self, loaded: Command, home: Path) -> None:
        engine = open_engine(f"sqlite:///{home / 'data' / DATABASE_FILE}")
        rule = StageRule(Stage.FINAL, Role.REVIEWER, (Gate.WORDING,), Proofreading.SHARED)
        with session_scope(engine) as session:
            session.add(ReviewPlan(rules=(rule,), note="手工改动", author="某人", created_at=NOW))
        engine.dispose()
        result = loaded("ask", "低保怎么申请？", "--dry-run")
        assert result.exit_code == 1
        assert "政治关、法律关、政策关、保密关没有任何审次把关" in result.stderr


class TestExport:
    @pytest.mark.parametrize("suffix", ["jsonl", "csv", "xlsx"])
    def test_comes_back_unchanged(self, loaded: Command, home: Path, suffix: str) -> None:
        assert loaded("export", home / f"out.{suffix}").exit_code == 0
        result = loaded("import", home / f"out.{suffix}", "--json", *BY)
        outcomes = {row["outcome"] for row in json.loads(result.stdout)["rows"]}
        assert outcomes == {"unchanged"}


class TestCorpusCheck:
    def test_names_file_line_and_cause(self, command: Command, home: Path) -> None:
        path = home / "corpus" / "qa_pairs.jsonl"
        path.write_text(path.read_text(encoding="utf-8").replace("增值税法", "不存在的法", 1))
        result = command("corpus", "check", home / "corpus")
        assert result.exit_code == 1
        assert "qa_pairs.jsonl 第" in result.stdout

    @pytest.mark.slow
    def test_the_shipped_starter_bank_passes(self, command: Command) -> None:
        result = command("corpus", "check", Path(__file__).parents[2] / "corpus")
        assert result.exit_code == 0, result.stdout
