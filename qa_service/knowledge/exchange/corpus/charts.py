"""Drawings of a corpus: ``charts/KEY.svg`` is shown with the answer of the pair with that key."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.knowledge.media.drawings import SVG, drawing_title
from qa_service.knowledge.media.files import FILES, keep_file
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.upkeep_models import Media
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import MediaKind

CHARTS_FOLDER = "charts"


def read_charts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pair's key and the content of each drawing, by name."""
    for path in sorted(folder.glob("*.svg")):
        yield path.stem, path.read_bytes()


def load_charts(
    session: Session, folder: Path, media_dir: Path, *, by: Actor, now: datetime
) -> int:
    """Show each drawing with its pair, as unsigned as the pair; return how many were new.

    One of a pair that is not in the bank is passed over. Raises UnsafeDrawingError.
    """
    lock_for_transaction(session, FILES)
    charts = dict(read_charts(folder))
    pairs = find_by_keys(session, list(charts))
    added = 0
    for key, pair in pairs.items():
        title = drawing_title(charts[key])
        checksum = keep_file(BytesIO(charts[key]), media_dir, limit=len(charts[key]))
        known = select(Media.id).where(Media.pair_id == pair.id, Media.checksum == checksum)
        if session.exec(known).first() is None:
            session.add(_media(stored_id(pair), title, checksum, len(charts[key]), by, now))
            added += 1
    session.flush()
    return added


def _media(pair_id: int, title: str, checksum: str, size: int, by: Actor, now: datetime) -> Media:
    return Media(
        pair_id=pair_id,
        kind=MediaKind.INFOGRAPHIC,
        title=title,
        checksum=checksum,
        content_type=SVG,
        size=size,
        uploaded_by=by.name,
        uploaded_at=now,
        approved_by=by.name,
        approved_at=now,
    )
