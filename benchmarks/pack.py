"""The fallback pack of thousands of answers: time, memory and size of a build, and its search.

    python -m benchmarks.pack [--pairs 5000] [--without-pdf] [--json]

The bank is synthetic (``benchmarks.bank``). Memory is the peak of a process of its own that
builds, without that of the browser that prints, which is named apart. The page is opened from
the disk in Chromium; a search is timed from the typed character to the next frame.
"""

import argparse
import multiprocessing
import resource
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from playwright.sync_api import sync_playwright
from sqlalchemy import update

from benchmarks.bank import import_rows, open_bank, settings_of, write_rows
from benchmarks.desk import CHROMIUM
from benchmarks.figures import percentiles, show
from qa_service.clock import SystemClock
from qa_service.knowledge.models import QAPair
from qa_service.services import open_database
from qa_service.storage.engine import session_scope
from qa_service.web.publishing.pack import build_pack
from qa_service.web.publishing.pdf import print_pdf

SEARCHES = (
    "惠民事项怎样申请",
    "第77号",
    "77号惠民事项咋办",
    "火星移民",
    "携带身份证到窗口申请五个工作日",
)
SEARCH = """async (words) => {
  const box = document.getElementById("words");
  const began = performance.now();
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  return performance.now() - began;
}"""


def make_bank(folder: Path, pairs: int) -> None:
    """A signed bank of so many pairs."""
    write_rows(folder / "rows.jsonl", pairs)
    services = open_bank(folder)
    import_rows(services, folder / "rows.jsonl")
    with session_scope(services.database) as session:
        session.execute(update(QAPair).values(adopted_from=None))
    services.database.dispose()


def build(folder: Path, with_pdf: bool) -> dict[str, object]:
    """Seconds, processor seconds, peak memory and sizes of one build; runs in its own process."""
    database = open_database(settings_of(folder))
    printing: list[float] = []

    def printer(page: str) -> bytes | None:
        began = perf_counter()
        printed = print_pdf(page) if with_pdf else None
        printing.append(perf_counter() - began)
        return printed

    began, used = perf_counter(), process_time()
    written = build_pack(
        database, folder / "pack", now=SystemClock().now(), days=7, printer=printer
    )
    seconds, processor = perf_counter() - began, process_time() - used
    database.dispose()
    of_browser = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "build_s": round(seconds - sum(printing), 2),
        "build_cpu_s": round(processor, 2),
        "print_s": round(sum(printing), 2),
        "print_cpu_s": round(of_browser.ru_utime + of_browser.ru_stime, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "largest_process_of_browser_mb": of_browser.ru_maxrss // 1024,
        **{f"{path.suffix}_mb": round(path.stat().st_size / 1e6, 2) for path in written},
    }


def search(folder: Path) -> dict[str, object]:
    """Milliseconds until the page is there and of each search in it."""
    (file,) = (folder / "pack").glob("*.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(offline=True).new_page()
        began = perf_counter()
        page.goto(file.as_uri())
        page.wait_for_selector("#search:visible")
        opened = round((perf_counter() - began) * 1000)
        took = [float(page.evaluate(SEARCH, words)) for words in SEARCHES * 4]
        browser.close()
    return {"open_ms": opened, "search_ms": percentiles(took), "slowest_ms": round(max(took))}


def main() -> None:
    """Make the bank, build, open, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--without-pdf", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        folder = Path(name)
        make_bank(folder, given.pairs)
        figures = pool.apply(build, (folder, not given.without_pdf))
        show({"pairs": given.pairs, **figures, **search(folder)}, as_json=given.json)


if __name__ == "__main__":
    main()
