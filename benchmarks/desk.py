"""The public desk by itself: searches a second, first paint, and what each page weighs.

    python -m benchmarks.desk [--workers 2] [--clients 8] [--seconds 20] [--scratch DIR] [--json]

The desk is the real one, started by its command on the starter bank, all of it signed. Questions
of their own are read by both models; the well-known ones are told again from what a process keeps
(``QA_DESK_KEPT_SEARCHES``). The clients are a process of their own on the same machine; processor
time is that of the desk's processes alone, and tells what a search costs also while the machine
is busy. Pages are opened in Chromium, each with an empty cache; their weight is what was
transferred, compressed.
"""

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Request, sync_playwright
from sqlalchemy import update
from sqlmodel import select

from benchmarks.figures import percentiles, show
from benchmarks.large_bank import started
from benchmarks.latency import questions
from qa_service.cli.service import load_starter_bank, open_services
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.services import open_database
from qa_service.settings import DATABASE_FILE, Settings
from qa_service.storage.engine import session_scope

WELL_KNOWN = 40
"""Questions that are asked again and again."""

WARM_UP_SECONDS = 5.0
PAINTS = 7
LARGEST_KB = 60.0
CHROMIUM = "/usr/bin/chromium"
FIRST_PAINT = """() => new Promise((found) => new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (one.name === "first-contentful-paint") found(one.startTime);
  }
}).observe({ type: "paint", buffered: true }))"""


def make_bank(folder: Path, corpus: Path) -> Settings:
    """The starter bank, signed and indexed; what an earlier run left in ``folder`` is used."""
    settings = Settings(
        _env_file=None,
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        scheduler_seconds=0,
    )
    if not (settings.data_dir / DATABASE_FILE).exists():
        database = open_database(settings)
        load_starter_bank(settings, database)
        with session_scope(database) as session:
            session.execute(update(QAPair).values(adopted_from=None))
        open_services(settings, database)
        database.dispose()
    return settings


@contextmanager
def serving(settings: Settings, *, workers: int, kept: int) -> Iterator[tuple[int, str]]:
    """``qa-service desk`` until it is left: its process and its address."""
    environment = {
        **os.environ,
        "QA_DATA_DIR": str(settings.data_dir),
        "QA_INDEX_DIR": str(settings.index_dir),
        "QA_CORPUS_DIR": str(settings.corpus_dir.resolve()),
        "QA_DESK_PER_MINUTE": "1000000",
        "QA_DESK_KEPT_SEARCHES": str(kept),
        "QA_LOG_LEVEL": "INFO",
    }
    with started("desk", "QA_DESK_PORT", environment, workers=workers) as desk:
        yield desk.process.pid, desk.origin


def load(
    origin: str, asked: Sequence[str], clients: int, seconds: float, is_known: bool
) -> dict[str, object]:
    """Searches a second and milliseconds of each, from so many clients at once."""
    ends_at, numbers = perf_counter() + seconds, count()

    def work(_client: int) -> list[float]:
        took = []
        connection = HTTPConnection(urlsplit(origin).netloc, timeout=60)
        while perf_counter() < ends_at:
            at = next(numbers)
            own = asked[at % WELL_KNOWN] if is_known else f"{asked[at % len(asked)]}（第{at}次）"
            began = perf_counter()
            connection.request("GET", f"/desk/search?q={quote(own)}", headers=_HEADERS)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            took.append((perf_counter() - began) * 1000)
        return took

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [one for found in pool.map(work, range(clients)) for one in found]
    a_second = round(len(took) / (perf_counter() - began), 1)
    return {"a_second": a_second, "ms": percentiles(took), "searches": len(took)}


_HEADERS = {"Accept-Encoding": "gzip"}


def processor_seconds(pid: int) -> float:
    """Processor time that a process and its children have used until now."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == pid or int(stat[1]) == pid:
            ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def searches(
    settings: Settings, asked: Sequence[str], given: argparse.Namespace
) -> dict[str, object]:
    """The figures of searches, without what a process keeps and with it."""
    found: dict[str, object] = {}
    for kept, name in ((0, "without the cache"), (500, "with the cache")):
        with (
            serving(settings, workers=given.workers, kept=kept) as (pid, origin),
            multiprocessing.get_context("spawn").Pool(1) as pool,
        ):
            for is_known, which in ((False, "own questions"), (True, "well-known questions")):
                arguments = (origin, asked, given.clients)
                pool.apply(load, (*arguments, WARM_UP_SECONDS, is_known))
                used = processor_seconds(pid)
                figures = pool.apply(load, (*arguments, given.seconds, is_known))
                used = processor_seconds(pid) - used
                cost = round(used * 1000 / int(str(figures["searches"])), 2)
                found[f"{name}, {which}"] = {**figures, "cpu_ms_each": cost}
    return found


def page_paths(settings: Settings) -> dict[str, str]:
    """Every public page, by what it is."""
    database = open_database(settings)
    with session_scope(database, read_only=True) as session:
        key, area = session.exec(select(QAPair.key, QAPair.area)).first() or ("", "")
        document = session.exec(select(PolicyDocument.id)).first()
    database.dispose()
    within = quote(area)
    return {
        "first page": "/desk",
        "search": f"/desk/search?q={quote('社保卡丢了怎么补办')}",
        "answers": "/desk/answers",
        "answers of an area": f"/desk/answers?area={within}",
        "answer": f"/desk/answers/{key}",
        "policies": "/desk/policies",
        "policy": f"/desk/policies/{document}",
        "booklets": "/desk/booklets",
        "booklet of an area": f"/desk/booklets/print?area={within}",
        "booklet of all": "/desk/booklets/print",
        "ask": "/desk/ask",
        "question": "/desk/question",
        "answer is wrong": f"/desk/answers/{key}/wrong",
        "rating": f"/desk/answers/{key}/rating",
        "frame": "/desk/embed",
        "frame, search": f"/desk/embed/search?q={quote('社保卡丢了怎么补办')}",
        "not found": "/desk/nothing",
    }


def open_page(browser: Browser, address: str) -> tuple[float, int]:
    """Milliseconds to the first contentful paint, and bytes transferred, of a fresh visitor."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    weighed: list[int] = []

    def weigh(request: Request) -> None:
        weighed.append(request.sizes()["responseBodySize"])

    page.on("requestfinished", weigh)
    page.goto(address, wait_until="networkidle")
    painted = float(page.evaluate(FIRST_PAINT))
    context.close()
    return painted, sum(weighed)


def pages(settings: Settings) -> dict[str, object]:
    """First paint (p50, p99 of some visits) and weight in kilobytes of each page."""
    found: dict[str, object] = {}
    too_heavy = []
    with serving(settings, workers=1, kept=500) as (_, origin), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, path in page_paths(settings).items():
            visits = [open_page(browser, origin + path) for _ in range(PAINTS)]
            kilobytes = round(visits[0][1] / 1000, 1)
            paint = percentiles([painted for painted, _ in visits])
            found[name] = {"paint_ms": paint, "kB": kilobytes}
            too_heavy += [name] * (kilobytes > LARGEST_KB)
        browser.close()
    return {**found, f"over {LARGEST_KB:.0f} kB": too_heavy}


def main() -> None:
    """Build, serve, ask, open, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = make_bank(given.scratch or Path(name), given.corpus)
        show(searches(settings, questions(given.corpus), given), as_json=given.json)
        show(pages(settings), as_json=given.json)


if __name__ == "__main__":
    main()
