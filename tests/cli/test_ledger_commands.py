import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

pytestmark = pytest.mark.usefixtures("started")

Command = Callable[..., Result]

ASKED = ("ask", "火星移民怎么报名？", "--json")


class TestList:
    def test_shows_what_is_open_with_its_unit_and_deadline(self, command: Command) -> None:
        number = json.loads(command(*ASKED).stdout)["ledger_entry"]["number"]
        result = command("ledger", "list")
        assert result.exit_code == 0, result.output
        assert number in result.stdout
        assert "个工作日" in result.stdout
        assert "待签收" in result.stdout

    def test_of_overdue_entries_is_empty_on_the_first_day(self, command: Command) -> None:
        command(*ASKED)
        assert json.loads(command("ledger", "list", "--overdue", "--json").stdout) == {"items": []}

    def test_names_the_states_there_are(self, command: Command) -> None:
        refused = command("ledger", "list", "--state", "lost")
        assert refused.exit_code == 2
        assert "assigned" in refused.output


class TestRemind:
    def test_can_be_run_again_and_again(self, command: Command) -> None:
        command(*ASKED)
        first = json.loads(command("remind", "--json").stdout)
        second = json.loads(command("remind", "--json").stdout)
        assert first["delivered"]["skipped"] >= 2
        assert second == {
            "recounted": 0,
            "forgotten": 0,
            "reminded": 0,
            "closed": 0,
            "withdrawn": 0,
            "purged": 0,
            "delivered": {"arrived": 0, "failed": 0, "skipped": 0},
        }

    def test_names_a_job_that_failed_after_all_others_were_done(
        self, command: Command, home: Path
    ) -> None:
        command(*ASKED)
        with closing(sqlite3.connect(home / "data" / "qa_service.db")) as database:
            database.execute("DROP TABLE rework_task")
        result = command("remind")
        assert result.exit_code == 1
        assert "任务失败" in result.stderr
        assert "rework" in result.stderr
        assert "未配置 0" not in result.stderr


class TestUnitUsers:
    def test_belong_to_a_unit(self, command: Command) -> None:
        command(*ASKED)
        lacking = command("user", "add", "wang", "--name", "王工", "--role", "unit")
        assert (lacking.exit_code, "所属单位" in lacking.output) == (1, True)
        added = command("user", "add", "wang", "--name", "王工", "--role", "unit", "--unit", "tax")
        assert (added.exit_code, "没有承办单位" in added.output) == (1, True)
        unit = ("--unit", "health")
        assert (
            command("user", "add", "wang", "--name", "王工", "--role", "unit", *unit).exit_code == 0
        )
