"""Ranking of each signal, the baselines and the whole, and verdicts, side by side.

    python -m benchmarks.quality [DIR …] [--part 1] [--scratch DIR] [--charts DIR] [--json]

The starter bank with held-out variants is measured unless judged folders are given. The
calibration was fitted on part 0 of its sets, so part 1 is what is reported.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import show
from qa_service.cli.retrieval.evaluate import write_reliability
from qa_service.cli.retrieval.judged_sets import load_set, open_engine, run_set
from qa_service.knowledge.indexing.calibration_files import calibration_file
from qa_service.retrieval.evaluation.report import EvaluationReport, summarise
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.settings import Settings

SIGNALS = ("rank_bm25", "embedding", "lexical", "dense", "rrf", "fused", "whole")


def table(report: EvaluationReport) -> dict[str, object]:
    """Recall@1 and nDCG@10 by signal, then the verdicts."""
    found: dict[str, object] = {}
    for signal in SIGNALS:
        figures = getattr(report, signal)
        if figures:
            found[f"{report.name} {signal}"] = (
                f"R@1 {figures.recall_at_1:.4f}  nDCG@10 {figures.ndcg_at_10:.4f}"
            )
    verdicts = report.verdicts
    found[f"{report.name} answered"] = (
        f"coverage {verdicts.coverage}  precision {verdicts.precision}  "
        f"false answers {verdicts.false_answer_rate}  "
        f"ECE {report.reliability.expected_calibration_error}"
    )
    return found


def main() -> None:
    """Measure every set and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[Path("corpus")])
    parser.add_argument("--part", type=int, default=1)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--charts", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    engine = open_engine(load_calibration(calibration_file(Settings().data_dir)))
    figures: dict[str, object] = {}
    for folder in given.folders:
        judged = load_set(folder, given.part)
        report = summarise(judged, run_set(engine, judged, given.scratch))
        if given.charts:
            write_reliability(report, given.charts)
        figures.update({report.name: asdict(report)} if given.json else table(report))
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
