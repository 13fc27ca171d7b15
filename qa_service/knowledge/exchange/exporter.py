"""Export of a bank to JSONL, CSV or XLSX in batches; the files can be imported again."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

from sqlmodel import Session

from qa_service.knowledge.exchange.rows.cells import guard_formula
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS, to_cells, to_line
from qa_service.knowledge.exchange.rows.readers import format_of
from qa_service.knowledge.exchange.rows.source_row import FileFormat
from qa_service.knowledge.exchange.xlsx_writer import write_sheet
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import all_ids
from qa_service.knowledge.pairs.queries import PairView
from qa_service.progress import Progress, no_progress

BATCH = 500
"""Pairs read and written in one batch."""

_ANY_DAY = date(2000, 1, 1)

Writer = Callable[[Path, Iterable[PairView]], None]


def export_pairs(session: Session, path: Path, *, progress: Progress = no_progress) -> int:
    """Write all pairs to ``path``, including drafts and withdrawn ones; return how many.

    The file is renamed to ``path`` when it is complete; the suffix determines the format.
    Imported with ``publish`` into an empty bank with the same units and policies, it yields
    the same pairs. Raises UnreadableFileError for an unknown suffix.
    """
    writers: dict[FileFormat, Writer] = {
        FileFormat.JSONL: _write_jsonl,
        FileFormat.CSV: _write_csv,
        FileFormat.XLSX: _write_xlsx,
    }
    write = writers[format_of(path)]
    ids = all_ids(session)
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        write(draft, _views(session, ids, progress))
        os.replace(draft, path)  # noqa: PTH105 - the atomic one, by its name
    finally:
        draft.unlink(missing_ok=True)
    return len(ids)


def _views(session: Session, ids: list[int], progress: Progress) -> Iterator[PairView]:
    """Yield the pairs of ``ids``, loaded a batch at a time."""
    for start in range(0, len(ids), BATCH):
        yield from queries.view_pairs(session, ids[start : start + BATCH], day=_ANY_DAY)
        progress(min(start + BATCH, len(ids)), len(ids))


def _write_jsonl(path: Path, views: Iterable[PairView]) -> None:
    """Write the pairs as JSONL."""
    with path.open("w", encoding="utf-8") as file:
        for view in views:
            file.write(json.dumps(to_line(view), ensure_ascii=False) + "\n")


def _write_csv(path: Path, views: Iterable[PairView]) -> None:
    """Write the pairs as CSV."""
    # Without a byte order mark, Chinese Excel reads the file as GBK.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.label for column in COLUMNS)
        for view in views:
            writer.writerow(guard_formula(cell) for cell in to_cells(view))


def _write_xlsx(path: Path, views: Iterable[PairView]) -> None:
    """Write the pairs as a sheet."""
    columns = [(column.label, column.width) for column in COLUMNS]
    write_sheet(path, "问答", columns, (to_cells(view) for view in views))
