import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

Command = Callable[..., Result]

FLAGS = (
    ("qa_version", "has_blanks"),
    ("qa_version", "has_unread"),
    ("qa_pair", "has_blanks"),
    ("qa_pair", "has_unread"),
    ("qa_pair", "is_imported"),
)


def _flags(database: sqlite3.Connection) -> list[object]:
    return [
        database.execute(f"SELECT id, {name} FROM {table} ORDER BY id").fetchall()  # noqa: S608 - FLAGS
        for table, name in FLAGS
    ]


def findings(result: Result) -> dict[str, bool]:
    return {one["name"]: one["ok"] for one in json.loads(result.stdout)}


class TestDoctor:
    def test_of_an_empty_place_says_what_is_missing(
        self, command: Command, empty_place: Path
    ) -> None:
        result = command("doctor", "--json")
        assert result.exit_code == 1
        found = findings(result)
        assert found["设置"]
        assert not found["数据库"]
        assert not found["语义模型"]

    def test_of_a_started_service_finds_only_what_is_really_amiss(
        self, command: Command, started: Path
    ) -> None:
        found = findings(command("doctor", "--json"))
        assert found["数据库"]
        assert found["密钥"]
        assert found["索引"]
        (started / "data" / "secrets" / "asker.key").chmod(0o644)
        told = command("doctor").stderr
        assert "chmod 600" in told

    def test_names_flags_of_pairs_that_differ_from_their_versions_and_repairs_them(
        self, command: Command, started: Path
    ) -> None:
        with closing(sqlite3.connect(started / "data" / "qa_service.db")) as database:
            before = _flags(database)
            for table, name in FLAGS:
                flipped = f"UPDATE {table} SET {name} = NOT {name} WHERE id = 1"  # noqa: S608 - FLAGS
                database.execute(flipped)
            database.commit()
            told = command("doctor").stderr
            assert "✘ 问答标记：5 处与版本内容不一致" in told
            assert "第 1 版“待补本地内容”" in told
            repaired = command("doctor", "--repair").stderr
            assert "已更正 5 处" in repaired
            assert "✔ 问答标记" in repaired
            assert _flags(database) == before

    def test_says_that_a_calibration_does_not_fit_this_version(
        self, command: Command, home: Path
    ) -> None:
        assert findings(command("doctor", "--json"))["判定校准"]
        (home / "data").mkdir(exist_ok=True)
        (home / "data" / "calibration.json").write_text('{"format": 1}', encoding="utf-8")
        assert not findings(command("doctor", "--json"))["判定校准"]
        assert "目前使用随程序提供的校准" in command("doctor").stderr

    def test_says_what_a_faulty_setting_needs(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QA_HOST", "::")
        result = command("doctor")
        assert result.exit_code == 1
        assert "QA_SECURE_COOKIES" in result.stderr


class TestBackup:
    def test_is_restored_elsewhere_and_keys_are_asked_for(
        self, command: Command, started: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command("ask", "火星养老院怎么约")
        backup = started / "backup"
        saved = command("backup", str(backup))
        assert saved.exit_code == 0, saved.output
        assert not list(backup.rglob("*.key"))
        monkeypatch.setenv("QA_DATA_DIR", str(started / "elsewhere"))
        restored = command("restore", str(backup))
        assert restored.exit_code == 0, restored.output
        assert "ZX" in command("ledger", "list").stdout
        assert command("restore", str(backup)).exit_code == 1


class TestAudit:
    def test_is_verified_by_command(self, command: Command) -> None:
        command("key", "create", "--name", "平台", "--scope", "consult")
        result = command("audit", "verify", "--json")
        said = json.loads(result.stdout)
        assert said["whole"]
        assert command("audit", "verify", "--newest", said["newest_hash"]).exit_code == 0
        assert command("audit", "verify", "--newest", "0" * 63 + "1").exit_code == 1
