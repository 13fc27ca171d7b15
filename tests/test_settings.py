import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from qa_service.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return dict(pairs)


class TestEnvExample:
    def test_names_every_setting_and_nothing_else(self) -> None:
        assert set(example()) == {f"QA_{name}".upper() for name in Settings.model_fields}

    def test_shows_the_defaults(self) -> None:
        assert Settings(_env_file=EXAMPLE) == Settings()

    def test_a_changed_line_changes_the_setting(self, tmp_path: Path) -> None:
        changed = EXAMPLE.read_text(encoding="utf-8").replace("QA_PORT=8012", "QA_PORT=9000")
        (tmp_path / ".env").write_text(changed, encoding="utf-8")
        assert Settings().port == 9000

    @pytest.mark.parametrize("name", sorted(Settings.model_fields))
    def test_each_setting_is_explained(self, name: str) -> None:
        lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith(f"QA_{name}=".upper()))
        said_by_their_names = {"host", "port", "log_level"}
        assert lines[at - 1].startswith("# ") or name in said_by_their_names


class TestSettings:
    def test_the_environment_wins_over_the_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / ".env").write_text("QA_PORT=9000\n", encoding="utf-8")
        monkeypatch.setenv("QA_PORT", "9001")
        assert Settings().port == 9001

    @pytest.mark.parametrize(
        ("given", "days"),
        [
            ({"QA_RECALL_DAYS": "30"}, 30),
            ({"QA_RECALL_DAYS": "30", "QA_CORRECTION_CALLBACK_DAYS": "40"}, 40),
        ],
    )
    def test_the_days_of_callbacks_are_read_by_their_earlier_name_too(
        self, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], days: int
    ) -> None:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert Settings().correction_callback_days == days

    def test_sqlite_in_the_data_folder_is_the_default_database(self) -> None:
        settings = Settings(data_dir=Path("somewhere"))
        assert settings.effective_database_url == "sqlite:///somewhere/qa_service.db"

    def test_a_given_database_wins(self) -> None:
        url = "postgresql://user@127.0.0.1/name"
        assert Settings(database_url=url).effective_database_url == url

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("QA_PORT", "65536"),
            ("QA_PORT", "八千"),
            ("QA_ENCODER_THREADS", "0"),
            ("QA_SESSION_HOURS", "0"),
            ("QA_ANSWER_WORKDAYS", "0"),
            ("QA_CANDIDATE_LIMIT", "10"),
            ("QA_CANDIDATE_LIMIT", "0"),
            ("QA_SECURE_COOKIES", "perhaps"),
            ("QA_LOG_LEVEL", "loud"),
        ],
    )
    def test_a_value_out_of_range_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(ValidationError, match=name.removeprefix("QA_").lower()):
            Settings()

    @pytest.mark.parametrize("level", ["INFO", "warning", "Debug"])
    def test_a_log_level_may_be_written_in_any_case(
        self, monkeypatch: pytest.MonkeyPatch, level: str
    ) -> None:
        monkeypatch.setenv("QA_LOG_LEVEL", level)
        assert Settings().log_level == level
