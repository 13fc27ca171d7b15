"""Precision of each kind of warning (⚠): the share of candidates shown with one that are wrong.

    python -m benchmarks.warnings [DIR] [--split tune] [--least 30] [--json]

A warning is worth an operator's look only where it is right most of the time; kinds below four in
five are listed in ``QUIET_AXES`` and not marked. A candidate shown is one of the first five.
"""

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.figures import show
from qa_service.cli.retrieval.judged_sets import load_set, open_engine, run_set
from qa_service.knowledge.indexing.calibration_files import calibration_file
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.judged_questions import Split
from qa_service.retrieval.evaluation.report import SHOWN
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.settings import Settings


def count(outcomes: list[Outcome]) -> tuple[Counter[str], Counter[str]]:
    """The candidates shown with each kind of difference, and the wrong ones among them."""
    shown, wrong = Counter[str](), Counter[str]()
    for outcome in outcomes:
        for ranked in outcome.answer.ranked[:SHOWN]:
            guards = ranked.described.guards
            for told in (*guards.conflicts, *guards.unconfirmed):
                kind = told.partition("：")[0]
                shown[kind] += 1
                wrong[kind] += ranked.pair_id not in outcome.query.relevant
    return shown, wrong


def main() -> None:
    """Measure one set and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("corpus/questions"))
    parser.add_argument("--split", default="tune")
    parser.add_argument("--least", type=int, default=30, help="fewest candidates of a kind")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    judged = load_set(given.folder, None, Split(given.split))
    engine = open_engine(load_calibration(calibration_file(Settings().data_dir)))
    shown, wrong = count(run_set(engine, judged, None))
    figures = {
        kind: f"{wrong[kind] / number:.2f} of {number}"
        for kind, number in shown.most_common()
        if number >= given.least
    }
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
