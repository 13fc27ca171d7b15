"""Flags that versions and pairs repeat for lists to count: recounted from what they repeat.

A version says whether it has blanks (【本地：…】) and unread citations (待核), its pair says the
same of the current one, and whether any was imported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from qa_service.knowledge.models import PairBasis, QAPair, QAVersion
from qa_service.knowledge.pairs.record.content import blanks_in
from qa_service.knowledge.revision import raise_revision
from qa_service.vocabulary import LabelledEnum

BATCH = 1_000
"""Versions read at a time."""


class Flag(LabelledEnum):
    """A flag by the name of its column."""

    BLANKS = "has_blanks", "待补本地内容"
    UNREAD = "has_unread", "依据待核"
    IMPORTED = "is_imported", "导入"


@dataclass(frozen=True, slots=True)
class WrongFlag:
    """A flag of a pair, or of the version with this ``number``, that ``is_set`` wrongly or not."""

    row_id: int
    key: str
    number: int | None
    flag: Flag
    is_set: bool

    @property
    def text(self) -> str:
        """Return what is wrong, in Chinese."""
        where = f"{self.key} 第 {self.number} 版" if self.number else self.key
        return f"{where}“{self.flag.label}”{'多标' if self.is_set else '漏标'}"


def wrong_flags(session: Session) -> list[WrongFlag]:
    """Return the flags that differ from what they repeat, of versions and then of pairs."""
    columns = (QAPair.id, QAPair.key, QAPair.current_version_id)
    flags = (QAPair.has_blanks, QAPair.has_unread, QAPair.is_imported)
    pairs = session.execute(sa_select(*map(col, columns), *map(col, flags))).all()
    keys = {pair_id: key for pair_id, key, *_ in pairs}
    unread = _versions_with_unread(session)
    blank: set[int] = set()
    imported: set[int] = set()
    found: list[WrongFlag] = []
    for version in _versions(session):
        if blanks_in(version.answer, version.phone_script, version.clarifying):
            blank.add(version.id)
        if version.adopted_from is not None:
            imported.add(version.pair_id)
        for flag, is_set, holds in (
            (Flag.BLANKS, version.has_blanks, version.id in blank),
            (Flag.UNREAD, version.has_unread, version.id in unread),
        ):
            if is_set is not holds:
                key = keys[version.pair_id]
                found.append(WrongFlag(version.id, key, version.number, flag, is_set))
    for pair_id, key, current, *stored in pairs:
        held = (current in blank, current in unread, pair_id in imported)
        found += [
            WrongFlag(pair_id, key, None, flag, is_set)
            for flag, is_set, holds in zip(Flag, stored, held, strict=True)
            if is_set is not holds
        ]
    return found


def repair_flags(session: Session) -> list[WrongFlag]:
    """Set right what ``wrong_flags`` finds, and return it; what is counted is counted again."""
    found = wrong_flags(session)
    for one in found:
        table = QAPair if one.number is None else QAVersion
        session.execute(
            update(table).where(col(table.id) == one.row_id).values({one.flag: not one.is_set})
        )
    if found:
        raise_revision(session)
    return found


def _versions(session: Session) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield what is compared of every version, read some at a time."""
    columns = (
        col(QAVersion.id),
        col(QAVersion.pair_id),
        col(QAVersion.number),
        col(QAVersion.answer),
        col(QAVersion.phone_script),
        col(QAVersion.clarifying),
        col(QAVersion.adopted_from),
        col(QAVersion.has_blanks),
        col(QAVersion.has_unread),
    )
    statement = sa_select(*columns).order_by(col(QAVersion.id)).limit(BATCH)
    last = 0
    while rows := session.execute(statement.where(col(QAVersion.id) > last)).all():
        yield from rows
        last = rows[-1].id


def _versions_with_unread(session: Session) -> set[int]:
    statement = sa_select(col(PairBasis.version_id)).where(col(PairBasis.verified).is_(False))
    return set(session.execute(statement).scalars().all())
