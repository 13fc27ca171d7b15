"""Time from POST to answer, one worker, with the starter bank, and where it goes.

    python -m benchmarks.latency [--requests 300] [--scratch DIR] [--json]

The questions are the bank's own variants with words in front, so that none is word for
word what is stored. New ones have other words in front in each measurement, so that no cache
holds them; repeated ones were all asked just before. ``rest`` is what HTTP, checks and the write
transaction take.
"""

import argparse
import json
import tempfile
from pathlib import Path
from time import perf_counter

from fastapi.testclient import TestClient

from benchmarks.figures import percentiles, show
from qa_service.accounts.api_keys import create_key
from qa_service.cli.service import load_starter_bank, open_services
from qa_service.clock import beijing_day
from qa_service.server.app import create_app
from qa_service.services import Services, open_database
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

WARM_UP = 20

CALLERS = ("邻居", "同事", "亲戚", "房客", "室友", "老乡", "客户", "学徒", "店主", "司机")
WORDS = ("托我打听", "让我查查", "上午说起", "一直惦记")
"""What stands before a new question: words that are part of what the models read."""


def questions(corpus: Path) -> list[str]:
    """One question for each variant of the bank."""
    rows = [json.loads(line) for line in (corpus / "qa_pairs.jsonl").open(encoding="utf-8")]
    return [f"请问{variant}" for row in rows for variant in row["variants"]]


def new_questions(asked: list[str], count: int, *, turn: int) -> list[str]:
    """``count`` questions, each new in every ``turn``."""
    fronts = [f"{caller}{words}" for words in WORDS for caller in CALLERS]
    return [
        f"{fronts[(at // len(asked) + turn) % len(fronts)]}，{asked[at % len(asked)]}"
        for at in range(count)
    ]


def measure_posts(services: Services, asked: list[str], *, key: str) -> list[float]:
    """Milliseconds of each POST /api/v1/consultations."""
    with session_scope(services.database) as session:
        secret = create_key(session, key, [Scope.CONSULT], now=services.clock.now())
    took = []
    with TestClient(create_app(services), headers={"Authorization": f"Bearer {secret}"}) as client:
        for question in asked:
            body = {"question": question, "channel": "hotline"}
            started = perf_counter()
            response = client.post("/api/v1/consultations", json=body)
            took.append((perf_counter() - started) * 1000)
            assert response.status_code == 201, response.text
    return took[WARM_UP:]


def measure_stages(services: Services, asked: list[str]) -> dict[str, list[float]]:
    """Milliseconds of each stage of the searches."""
    day = beijing_day(services.clock.now())
    stages: dict[str, list[float]] = {}
    for question in asked:
        result = services.searcher.search(question, area=None, day=day)
        for stage, spent in result.timings.items():
            stages.setdefault(stage, []).append(spent)
        stages.setdefault("search", []).append(result.took_ms)
    return {stage: spent[WARM_UP:] for stage, spent in stages.items()}


def main() -> None:
    """Build the bank in a scratch folder, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.scratch or Path(name)
        settings = Settings(
            _env_file=None,
            data_dir=folder / "data",
            index_dir=folder / "index",
            corpus_dir=given.corpus,
        )
        database = open_database(settings)
        load_starter_bank(settings, database)
        services = open_services(settings, database)
        known, count = questions(given.corpus), given.requests + WARM_UP
        figures = {}
        posted = new_questions(known, count, turn=0)
        for kind in ("new", "repeated"):
            figures[f"POST /consultations, {kind}, ms"] = percentiles(
                measure_posts(services, posted, key=f"benchmark, {kind}")
            )
        searched = new_questions(known, count, turn=1)
        for kind in ("new", "repeated"):
            for stage, spent in measure_stages(services, searched).items():
                figures[f"{stage}, {kind}, ms"] = percentiles(spent)
        show(figures, as_json=given.json)
        database.dispose()


if __name__ == "__main__":
    main()
