"""The fallback pack (应急包): the public answers as files, for desks without network.

A page with a search of its own that needs no other file and no other host, a PDF, and an SQLite
database. A build replaces the pack before it: what was withdrawn since is gone with the old files.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.consultation.desk.booklet import Booklet, Section, all_answers
from qa_service.knowledge.change_feed import newest_change
from qa_service.storage.engine import session_scope
from qa_service.web.publishing.booklet_page import Heading, booklet_file
from qa_service.web.publishing.pack_database import change_in, pack_database
from qa_service.web.publishing.pack_page import pack_page
from qa_service.web.publishing.pdf import print_pdf
from qa_service.web.publishing.whole_files import write_whole

TITLE = "政策咨询应急问答"
SUFFIXES = (".html", ".sqlite", ".pdf")

READABLE = 0o644
"""Permissions of the files: everybody may read what they hold, and others carry it to the desks."""

_NAME = re.compile(r"\.?fallback-(\d{8})-(\d{8})(\.html|\.sqlite|\.pdf)(\.part)?")


@dataclass(frozen=True)
class Pack:
    """A pack in ``folder``, built on ``day``, not to be used after ``valid_until``."""

    folder: Path
    day: date
    valid_until: date

    @cached_property
    def stem(self) -> str:
        """The name of its files without their endings."""
        return f"fallback-{self.day:%Y%m%d}-{self.valid_until:%Y%m%d}"

    def path(self, suffix: str) -> Path:
        """Return where its file with this ending stands or will stand."""
        return self.folder / f"{self.stem}{suffix}"

    def file(self, suffix: str) -> Path | None:
        """Return its file with this ending; None where there is none."""
        path = self.path(suffix)
        return path if suffix in SUFFIXES and path.is_file() else None


def newest_pack(folder: Path) -> Pack | None:
    """Return the pack built last in ``folder``; None where there is none."""
    found = [read for path in folder.glob("fallback-*.html") if (read := _pack_of(path))]
    return max(found, key=lambda one: (one.day, one.valid_until), default=None)


def is_outdated(session: Session, pack: Pack) -> bool:
    """Return whether an answer was published or withdrawn since the pack was built."""
    return change_in(pack.path(".sqlite")) != newest_change(session)


def why_unusable(session: Session, pack: Pack, *, day: date) -> str:
    """Return why the pack must not be handed out on ``day``; empty where it may."""
    if pack.valid_until < day:
        return "应急包已过期，请查看任务日志"
    if is_outdated(session, pack):
        return "有答复已变更，正在重新生成应急包"
    return ""


def build_pack(
    database: Engine,
    folder: Path,
    *,
    now: datetime,
    days: int,
    printer: Callable[[str], bytes | None] = print_pdf,
) -> list[Path]:
    """Build the pack of today, valid for ``days`` days, and remove every other; return its files.

    Without a browser there is no PDF. Raises subprocess.SubprocessError or OSError if printing
    fails; page and database are written and old packs removed even then.
    """
    day = beijing_day(now)
    pack = Pack(folder, day, day + timedelta(days - 1))
    with session_scope(database, read_only=True) as session:
        # Read before the answers: what changes in between is built again, not missed.
        change = newest_change(session)
        sections = all_answers(session, day=day)
    folder.mkdir(parents=True, exist_ok=True)
    page = pack_page(sections, title=TITLE, day=day, valid_until=pack.valid_until)
    base = pack_database(sections, day=day, valid_until=pack.valid_until, change=change)
    # A page or PDF built earlier today must not stand beside the new database.
    for suffix in (".html", ".pdf"):
        pack.path(suffix).unlink(missing_ok=True)
    written = [
        write_whole(pack.path(".sqlite"), base, mode=READABLE),
        # By the page a build is known to be there, so it comes when the database does.
        write_whole(pack.path(".html"), page.encode(), mode=READABLE),
    ]
    _remove_others(folder, written)
    printed = _print(sections, pack, printer)
    if printed is not None:
        written.append(write_whole(pack.path(".pdf"), printed, mode=READABLE))
    return written


def _print(
    sections: Sequence[Section], pack: Pack, printer: Callable[[str], bytes | None]
) -> bytes | None:
    booklet = Booklet(pack.day, sections, part=1, parts=1)
    if not booklet.count:
        return None
    return printer(booklet_file(booklet, Heading(TITLE, valid_until=pack.valid_until)))


def _remove_others(folder: Path, kept: Sequence[Path]) -> None:
    """Remove the files of other packs, and what an interrupted build left."""
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and path not in kept:
            path.unlink(missing_ok=True)


def _pack_of(path: Path) -> Pack | None:
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    try:
        day, until = (datetime.strptime(found[place], "%Y%m%d").date() for place in (1, 2))  # noqa: DTZ007
    except ValueError:
        return None
    return Pack(path.parent, day, until)
