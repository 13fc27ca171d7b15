"""A service that lives in a folder of its own, with the small test bank."""

import shutil
from functools import cache
from pathlib import Path

from qa_service.settings import Settings

REPOSITORY = Path(__file__).parents[2]
TEST_BANK = Path(__file__).parents[1] / "bank"


def make_settings(folder: Path) -> Settings:
    """Settings of a service that lives in ``folder``, where nothing happens by itself."""
    own = {f"{name}_dir": folder / name for name in ("data", "corpus", "index")}
    return _settings().model_copy(update=own, deep=True)


@cache
def _settings() -> Settings:
    """What all have in common: the environment is read once."""
    return Settings(_env_file=None, scheduler_seconds=0)


def lay_test_corpus(folder: Path) -> None:
    """The repository's language data and units with the small test bank."""
    _lay_all_but_pairs(folder)
    for name in ("qa_pairs.jsonl", "policies.jsonl"):
        shutil.copy(TEST_BANK / name, folder / name)


def lay_starter_sample(folder: Path, every: int) -> None:
    """The starter bank with one pair of so many: the whole takes half a minute to index."""
    _lay_all_but_pairs(folder)
    shutil.copy(REPOSITORY / "corpus" / "policies.jsonl", folder)
    lines = (REPOSITORY / "corpus" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines(True)
    (folder / "qa_pairs.jsonl").write_text("".join(lines[::every]), encoding="utf-8")


def _lay_all_but_pairs(folder: Path) -> None:
    left = shutil.ignore_patterns("*.jsonl", "questions", "charts")
    shutil.copytree(REPOSITORY / "corpus", folder, dirs_exist_ok=True, ignore=left)
    for name in ("areas.jsonl", "units.jsonl", "matters.jsonl"):
        shutil.copy(REPOSITORY / "corpus" / name, folder)
