"""A service that lives in a folder of its own, with the small test bank."""

import shutil
from pathlib import Path

from qa_service.settings import Settings

REPOSITORY = Path(__file__).parents[2]
TEST_BANK = Path(__file__).parents[1] / "bank"


def make_settings(folder: Path) -> Settings:
    """Settings of a service that lives in ``folder``, where nothing happens by itself."""
    return Settings(
        _env_file=None,
        data_dir=folder / "data",
        corpus_dir=folder / "corpus",
        index_dir=folder / "index",
        scheduler_seconds=0,
    )


def lay_test_corpus(folder: Path) -> None:
    """The repository's language data and units with the small test bank."""
    shutil.copytree(REPOSITORY / "corpus", folder, dirs_exist_ok=True)
    for name in ("qa_pairs.jsonl", "policies.jsonl"):
        shutil.copy(TEST_BANK / name, folder / name)
