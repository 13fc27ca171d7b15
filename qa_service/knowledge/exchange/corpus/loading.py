"""Loads a corpus folder: units, policies and pairs, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import Unit
from qa_service.knowledge.exchange.corpus.charts import CHARTS_FOLDER, load_charts
from qa_service.knowledge.exchange.corpus.kept_apart import KEPT_APART_FILE, load_kept_apart
from qa_service.knowledge.exchange.corpus.topic_rows import load_topics
from qa_service.knowledge.exchange.import_report import ImportReport
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.policy_importer import import_policies
from qa_service.knowledge.exchange.rows.area_columns import load_areas
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.unit_columns import load_units
from qa_service.knowledge.models import QAPair
from qa_service.progress import Progress, no_progress
from qa_service.vocabulary import AdoptedFrom

AREAS_FILE = "areas.jsonl"
UNITS_FILE = "units.jsonl"
POLICIES_FILE = "policies.jsonl"
MATTERS_FILE = "matters.jsonl"
PAIRS_FILE = "qa_pairs.jsonl"


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """The outcome of loading a corpus; ``units_changed`` counts new and changed units."""

    units_changed: int
    policies: ImportReport
    pairs: ImportReport


def has_pairs(session: Session) -> bool:
    """Return whether the bank holds any pair of any status."""
    return session.exec(select(QAPair.id).limit(1)).first() is not None


def is_set_up(session: Session) -> bool:
    """Return whether a corpus was loaded: the bank has pairs, or units and was begun empty."""
    return has_pairs(session) or session.exec(select(Unit.id).limit(1)).first() is not None


def load_corpus(
    session: Session,
    corpus_dir: Path,
    *,
    by: Actor,
    now: datetime,
    progress: Progress = no_progress,
    units_only: bool = False,
    media_dir: Path | None = None,
) -> CorpusReport:
    """Load a corpus and publish each pair without obstacles; return the counts.

    The pairs are marked as unsigned (未经本单位审校) until the district has signed them. A file
    of policies or pairs that is empty adds none; drawings are stored in ``media_dir``. With
    ``units_only`` none of them is read, for a bank that begins empty. Raises
    UnreadableFileError, InvalidAreaError, InvalidUnitsError, ImportRefusedError,
    InvalidKeptApartError or UnsafeDrawingError; the caller then rolls back the whole corpus.
    """
    load_areas(session, corpus_dir / AREAS_FILE)
    units_changed = load_units(session, corpus_dir / UNITS_FILE)
    load_topics(session, corpus_dir / MATTERS_FILE)
    policies = pairs = ImportReport(())
    if not units_only and not _is_blank(corpus_dir / POLICIES_FILE):
        policies = import_policies(session, read_rows(corpus_dir / POLICIES_FILE), now=now)
    if not units_only and not _is_blank(corpus_dir / PAIRS_FILE):
        pairs = import_pairs(
            session,
            read_rows(corpus_dir / PAIRS_FILE),
            by=by,
            now=now,
            publish=True,
            adopted_from=AdoptedFrom.STARTER_BANK,
            progress=progress,
        )
        load_kept_apart(session, corpus_dir / KEPT_APART_FILE, by=by, now=now)
        if media_dir is not None:
            load_charts(session, corpus_dir / CHARTS_FOLDER, media_dir, by=by, now=now)
    return CorpusReport(units_changed, policies, pairs)


def _is_blank(path: Path) -> bool:
    """Return whether the file is there and holds nothing."""
    return path.is_file() and path.stat().st_size < 4096 and not path.read_bytes().strip()
