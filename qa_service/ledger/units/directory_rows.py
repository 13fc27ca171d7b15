"""A row of a file of units or areas, and what each kind of row can do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.areas import AreaContent
from qa_service.accounts.units import UnitContent
from qa_service.knowledge.exchange.directory.standing import Standing
from qa_service.knowledge.exchange.import_report import RowReport
from qa_service.knowledge.exchange.rows.columns import Column
from qa_service.knowledge.exchange.rows.source_row import SourceRow

Content = TypeVar("Content", UnitContent, AreaContent)


@dataclass(frozen=True, slots=True)
class DirectoryRow(Generic[Content]):
    """A row of a file, read: what it says of a unit or area, and whether that is in use."""

    source: SourceRow
    content: Content
    standing: Standing

    @property
    def number(self) -> int:
        """The number of the row in the file."""
        return self.source.number


@dataclass(slots=True)
class RowStore(ABC, Generic[Content]):
    """Stores rows of a file on behalf of ``actor``; ``row_of`` holds the rows by key so far."""

    session: Session
    actor: Actor
    now: datetime
    row_of: dict[str, int] = field(default_factory=dict)

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns of the file."""

    @abstractmethod
    def read(self, row: SourceRow) -> DirectoryRow[Content]:
        """Return a row; raises the error of its faults."""

    @abstractmethod
    def in_order(self, rows: Iterable[DirectoryRow[Content]]) -> list[DirectoryRow[Content]]:
        """Return the rows in the order in which they can be stored."""

    @abstractmethod
    def store(self, row: DirectoryRow[Content]) -> RowReport:
        """Add or change what a row describes, in use again if it says so; return its report."""

    @abstractmethod
    def names(self, row: DirectoryRow[Content]) -> set[str]:
        """Return the texts by which other rows may name what this one describes, once stored."""

    @abstractmethod
    def rank(self, row: DirectoryRow[Content]) -> int:
        """Return the level of what a row describes, once stored; a lower one has a greater rank."""

    @abstractmethod
    def end(self, row: DirectoryRow[Content]) -> str:
        """Merge or retire what a row ends; return in Chinese what was done, "" if nothing."""
