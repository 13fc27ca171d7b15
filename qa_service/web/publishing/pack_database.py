"""The SQLite file of a fallback pack, for programs of the desks (one table of answers)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from qa_service.consultation.desk.booklet import Section, last_day
from qa_service.knowledge.pairs.queries import PairView

SCHEMA = """
CREATE TABLE pack (built_on TEXT NOT NULL, valid_until TEXT NOT NULL, answers INTEGER NOT NULL);
CREATE TABLE answer (
    key TEXT PRIMARY KEY, area TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    phone_script TEXT NOT NULL, unit TEXT NOT NULL, audience TEXT NOT NULL, region TEXT NOT NULL,
    effective_from TEXT NOT NULL, last_day TEXT, version INTEGER NOT NULL
);
CREATE TABLE wording (key TEXT NOT NULL REFERENCES answer, text TEXT NOT NULL);
CREATE TABLE basis (
    key TEXT NOT NULL REFERENCES answer, title TEXT NOT NULL, document_number TEXT NOT NULL,
    article TEXT
);
CREATE INDEX wording_key ON wording (key);
CREATE INDEX basis_key ON basis (key);
"""
"""``last_day`` is the last day on which an answer holds, NULL if none is known; ISO dates."""

_Row = tuple[str | int | None, ...]


def pack_database(
    sections: Sequence[Section], *, day: date, valid_until: date, change: int
) -> bytes:
    """Return the database file of the answers as they were after ``change`` of the feed."""
    rows = [_answer(section, view) for section in sections for view in section.answers]
    views = [view for section in sections for view in section.answers]
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(SCHEMA)
        base.execute(f"PRAGMA user_version = {change:d}")
        dated = (day.isoformat(), valid_until.isoformat(), len(rows))
        base.execute("INSERT INTO pack VALUES (?, ?, ?)", dated)
        base.executemany(f"INSERT INTO answer VALUES ({', '.join('?' * 11)})", rows)  # noqa: S608
        base.executemany("INSERT INTO wording VALUES (?, ?)", _wordings(views))
        base.executemany("INSERT INTO basis VALUES (?, ?, ?, ?)", _basis(views))
        base.commit()
        return base.serialize()


def change_in(path: Path) -> int | None:
    """Return the change of the feed after which a database file was built; None if unreadable."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            found: tuple[int] = base.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return None
    return found[0]


def _answer(section: Section, view: PairView) -> _Row:
    content, end = view.content, last_day(view)
    return (
        view.key,
        section.title,
        content.question,
        content.answer,
        content.phone_script,
        view.unit_name,
        content.audience,
        content.region,
        content.effective_from.isoformat(),
        end.isoformat() if end else None,
        view.version,
    )


def _wordings(views: Sequence[PairView]) -> Iterator[_Row]:
    for view in views:
        yield from ((view.key, text) for text in (view.content.question, *view.content.variants))


def _basis(views: Sequence[PairView]) -> Iterator[_Row]:
    for view in views:
        for cited in view.citations:
            yield (view.key, cited.title, cited.document_number, cited.article)
