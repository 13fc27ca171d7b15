import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from qa_service.accounts.api_keys import actor_of_key, find_key
from qa_service.accounts.authentication.passwords import is_password
from qa_service.accounts.users import find_user
from qa_service.services import open_database
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope

Command = Callable[..., Result]

HEAVY = ("torch", "faiss", "sqlmodel", "jieba", "fastapi", "sentence_transformers", "rich.progress")


class TestHelp:
    def test_imports_nothing_heavy(self) -> None:
        program = f"import sys, qa_service.cli; print([m for m in {HEAVY} if m in sys.modules])"
        result = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert result.stdout.strip() == "[]"

    def test_lists_every_command(self, command: Command) -> None:
        listed = command("--help").stdout
        for name in ("serve", "ask", "import", "export", "index", "workdays", "evaluate"):
            assert name in listed


class TestWorkdays:
    def test_proves_the_due_date_day_by_day(self, command: Command) -> None:
        lines = command("workdays", "due", "2026-09-30").stdout.splitlines()
        assert lines[-1] == "到期日：2026-10-13"
        assert any("2026-10-10" in line and "计" in line for line in lines)

    def test_marks_a_provisional_date(self, command: Command) -> None:
        answer = json.loads(command("workdays", "due", "2026-12-28", "--json").stdout)
        assert answer["provisional"]

    def test_refuses_a_day_that_is_none(self, command: Command) -> None:
        assert command("workdays", "due", "2026-02-30").exit_code == 2


@pytest.mark.usefixtures("started")
class TestAsk:
    @pytest.mark.usefixtures("with_model")
    def test_gives_the_stored_answer_with_its_basis(self, command: Command) -> None:
        result = command("ask", "社保卡丢了怎么补办？")
        assert result.exit_code == 0, result.output
        assert "✔ 命中" in result.stdout
        assert "社保卡网点补办" in result.stdout
        assert "主席令第35号" in result.stdout

    @pytest.mark.usefixtures("with_model")
    def test_registers_what_nobody_can_answer(self, command: Command) -> None:
        answer = json.loads(command("ask", "护照过期了怎么换？", "--json").stdout)
        assert answer["verdict"] == "unmatched"
        assert answer["ledger_entry"]["number"].startswith("ZX")
        assert command("ask", "护照过期了怎么换？").stdout.count("应于") == 1

    @pytest.mark.usefixtures("with_model")
    def test_a_dry_run_registers_nothing(self, command: Command) -> None:
        answer = json.loads(command("ask", "护照过期了怎么换？", "--dry-run", "--json").stdout)
        assert (answer["ledger_entry"], answer["consultation_id"]) == (None, None)

    def test_without_a_model_it_answers_nothing_outright(self, command: Command) -> None:
        answer = json.loads(command("ask", "社保卡丢了怎么补办？", "--json").stdout)
        assert answer["degraded"]
        assert answer["verdict"] == "choose"

    def test_refuses_a_question_without_words(self, command: Command) -> None:
        result = command("ask", "？？？")
        assert result.exit_code == 1
        assert "unusable_question" in result.stderr

    def test_prints_json_by_the_names_of_rest_and_files(self, command: Command) -> None:
        answered = json.loads(command("ask", "低保怎么申请", "--json").stdout)
        assert answered["candidates"][0]["field"] == "社会救助"
        command("ask", "外商投资项目怎么备案？", "--field", "投资")
        (entry,) = json.loads(command("ledger", "list", "--json").stdout)["items"]
        assert entry["field"] == "投资"

    def test_names_the_fields_there_are(self, command: Command) -> None:
        result = command("ask", "低保怎么申请", "--field", "交通")
        assert result.exit_code == 1
        assert "社会救助" in result.stderr


class TestAccounts:
    def test_prints_a_key_that_works_and_nothing_else(self, command: Command) -> None:
        key = command("key", "create", "--name", "平台", "--scope", "consult").stdout.strip()
        with session_scope(open_database(Settings()), read_only=True) as session:
            assert find_key(session, key, now=datetime.now(UTC)).name == "平台"

    def test_a_key_lasts_a_year_unless_told_otherwise(self, command: Command) -> None:
        asked = ("--name", "平台", "--scope", "consult")
        assert "365 天内有效" in command("key", "add", *asked).stderr
        refused = command("key", "add", "--name", "二", *asked[2:], "--days", "0")
        assert (refused.exit_code, "1 至 3650 的整数" in refused.stderr) == (1, True)
        assert command("key", "add", *asked[2:], "--name", "三", "--days", "三天").exit_code == 2
        both = command("key", "add", *asked[2:], "--name", "四", "--days", "3", "--unlimited")
        assert both.exit_code == 2
        lasting = command("key", "add", *asked[2:], "--name", "五", "--unlimited")
        assert (lasting.exit_code, "长期有效" in lasting.stderr) == (0, True)

    def test_a_persons_key_is_made_for_an_account_and_expires(self, command: Command) -> None:
        command("user", "add", "wang", "--name", "王芳", "--role", "reviewer")
        asked = ("key", "add", "--name", "王芳的脚本", "--scope", "knowledge", "--user")
        key = command(*asked, "wang").stdout.strip()
        with session_scope(open_database(Settings()), read_only=True) as session:
            found = find_key(session, key, now=datetime.now(UTC))
            assert actor_of_key(session, found).login == "wang"
            assert found.expires_at is not None
        refused = command(*asked, "wang", "--unlimited")
        assert (refused.exit_code, "不能长期有效" in refused.stderr) == (1, True)
        assert command(*asked, "nobody").exit_code == 1

    def test_a_user_without_a_role_is_refused(self, command: Command) -> None:
        assert command("user", "add", "zuoxi", "--name", "坐席").exit_code == 2
        limited = ("--role", "operator", "--within", "reviewer=health")
        refused = command("user", "add", "zuoxi", "--name", "坐席", *limited)
        assert refused.exit_code == 2
        assert "reviewer" in refused.stderr

    def test_a_new_user_signs_in_with_the_printed_password_until_it_is_reset(
        self, command: Command
    ) -> None:
        first = command("user", "add", "zuoxi", "--name", "坐席", "--role", "operator").stdout
        second = command("user", "reset-password", "zuoxi").stdout
        with session_scope(open_database(Settings())) as session:
            user = find_user(session, "zuoxi")
            assert is_password(user.password_hash, second.strip())
            assert user.must_change_password
        assert first != second

    def test_an_unknown_role_is_refused_with_those_there_are(self, command: Command) -> None:
        result = command("user", "add", "x", "--name", "x", "--role", "king")
        assert result.exit_code == 2
        assert "operator" in result.stderr


@pytest.mark.usefixtures("started")
class TestIndex:
    def test_verifies_what_it_rebuilt(self, command: Command) -> None:
        assert command("index", "rebuild").exit_code == 0
        assert "BM25 得分与 rank-bm25 一致" in command("index", "verify").stdout

    def test_says_when_the_snapshot_is_damaged(self, command: Command, home: Path) -> None:
        command("index", "rebuild")
        for path in (home / "index" / "generations").glob("*/posting_slots.npy"):
            path.write_bytes(b"")
        result = command("index", "verify")
        assert result.exit_code == 1
        assert "snapshot_unusable" in result.stderr


class TestMeasure:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Two stored questions, one of which is asked in other words, and a stranger."""
        folder = tmp_path / "judged"
        folder.mkdir()
        stored = [
            {"docid": "a", "question": "社保卡丢了怎么补办？", "answer": "到网点补办。"},
            {"docid": "b", "question": "低保怎么申请？", "answer": None, "variants": ["低保咋办"]},
        ]
        asked = [
            {"qid": "1", "text": "社保卡丢了怎么补办", "kind": "wording"},
            {"qid": "2", "text": "护照过期了怎么换", "kind": "missing"},
        ]
        for name, rows in (("corpus", stored), ("queries", asked)):
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (folder / "qrels.tsv").write_text("qid\tdocid\trel\n1\ta\t1\n", encoding="utf-8")
        return folder

    @pytest.mark.usefixtures("with_model")
    def test_prints_each_signal_the_whole_and_the_verdicts(
        self, command: Command, folder: Path
    ) -> None:
        result = command("evaluate", folder, "--json")
        report = json.loads(result.stdout)
        assert (report["answerable"], report["unanswerable"]) == (1, 1)
        for signal in ("lexical", "dense", "whole"):
            assert report[signal]["recall_at_1"] == 1
        assert report["verdicts"]["false_answer_rate"] == 0
        figures = {"queries": 1, "answered": 1, "answered_right": 1, "choose": 0, "unmatched": 0}
        assert report["kinds"]["wording"] == figures | {"right_first": 1, "shown_right": 1}
        refused = report["kinds"]["missing"]
        assert (refused["queries"], refused["answered"], refused["shown_right"]) == (1, 0, 0)
        printed = command("evaluate", folder).stdout
        assert "wording：1 问，命中 1（答对 1）" in printed
        assert "词面" in printed
        assert "BM25 得分与 rank-bm25 一致" in printed

    def test_refuses_a_folder_without_a_set(self, command: Command, tmp_path: Path) -> None:
        result = command("evaluate", tmp_path)
        assert result.exit_code == 1
        assert "unusable_evaluation_set" in result.stderr

    def test_refuses_to_calibrate_where_every_question_has_an_answer(
        self, command: Command, tmp_path: Path
    ) -> None:
        folder = tmp_path / "set"
        folder.mkdir()
        files = {
            "corpus.jsonl": '{"docid": "a", "question": "低保怎么申请", "answer": null}\n',
            "queries.jsonl": '{"qid": "1", "text": "怎么申请低保"}\n',
            "qrels.tsv": "1\ta\n",
        }
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        result = command("calibrate", folder, "--out", tmp_path / "calibration.json")
        assert result.exit_code == 1
        assert "没有“库里没有答案”的问题" in result.stderr
        assert "提问" not in result.stderr, "told before a question is asked"
        assert not (tmp_path / "calibration.json").exists()

    @pytest.mark.slow
    @pytest.mark.usefixtures("with_model")
    def test_calibrates_on_the_banks_own_held_out_variants(
        self, command: Command, home: Path, sampled: Path
    ) -> None:
        result = command("calibrate", sampled, "--out", home / "calibration.json")
        assert result.exit_code == 0, result.output
        fitted = json.loads((home / "calibration.json").read_text(encoding="utf-8"))
        assert 0 < fitted["choose_threshold"] < fitted["answer_threshold"] <= 1
        assert fitted["provenance"]["set:corpus"]
