"""Units and policy areas of a file: how a row is stored, and how it ends one (停用、并入)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from qa_service.accounts.areas import (
    AreaContent,
    InvalidAreaError,
    add_area,
    change_area,
    list_areas,
    set_area_active,
)
from qa_service.accounts.models import Area, Unit
from qa_service.accounts.unit_keeping import add_unit, change_unit
from qa_service.accounts.units import UnitContent, list_units, unit_content
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.exchange.directory.standing import Standing
from qa_service.knowledge.exchange.import_report import RowReport
from qa_service.knowledge.exchange.rows.area_columns import COLUMNS as AREA_COLUMNS
from qa_service.knowledge.exchange.rows.area_columns import read_area_row
from qa_service.knowledge.exchange.rows.columns import column_name
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.exchange.rows.unit_columns import COLUMNS as UNIT_COLUMNS
from qa_service.knowledge.exchange.rows.unit_columns import InvalidUnitsError, read_named_unit
from qa_service.ledger.units.changes import (
    merge_areas,
    merge_units,
    restore_unit,
    retire_area,
    retire_unit,
)
from qa_service.ledger.units.directory_rows import DirectoryRow, RowStore
from qa_service.vocabulary import ImportOutcome, UnitLevel

COLUMN_OF = {"is_default": "default", "person_in_charge": "person"}
"""The columns whose names are not those of the fields they hold."""
_FIELD_OF = {column.name: column.name for column in UNIT_COLUMNS} | {
    "default": "is_default",
    "person": "person_in_charge",
}
_STANDING = ("state", "merged_into")
RANKS = {level: rank for rank, level in enumerate(UnitLevel)}


Kept = TypeVar("Kept", Unit, Area)


class UnitStore(RowStore[UnitContent]):
    """Rows of the directory of units."""

    columns = UNIT_COLUMNS

    def read(self, row: SourceRow) -> DirectoryRow[UnitContent]:
        """Return a row; raises InvalidUnitsError."""
        found = read_named_unit(row)
        return DirectoryRow(row, found.content, found.standing)

    def in_order(
        self, rows: Iterable[DirectoryRow[UnitContent]]
    ) -> list[DirectoryRow[UnitContent]]:
        """Return the rows by level, the highest first: others may name them as parent."""
        return sorted(rows, key=lambda row: RANKS[row.content.level])

    def store(self, row: DirectoryRow[UnitContent]) -> RowReport:
        """Add or change a unit; one that is retired and stays so is left as it is."""
        units = list_units(self.session)
        known = _unit_of(row.content, units)
        if known is None:
            content = self._with_keys(row.content, units)
            stored = add_unit(self.session, content, actor=self.actor, now=self.now)
            report = RowReport(row.number, ImportOutcome.ADDED, stored.key)
        else:
            report = self._change(row, known, units)
        _note_row(self.row_of, report.key, row.number, "单位", InvalidUnitsError)
        return report

    def _change(
        self, row: DirectoryRow[UnitContent], known: Unit, units: Sequence[Unit]
    ) -> RowReport:
        is_restored = row.standing.is_active is True and not known.is_active
        if is_restored:
            restore_unit(self.session, known, actor=self.actor, now=self.now)
        before = unit_content(self.session, known)
        content = self._with_keys(_kept(row, before), units)
        is_same = _is_same(before, content)
        if not known.is_active and row.standing.is_ended:
            note = "" if is_same else "单位已停用，其他列没有改动"
            return RowReport(row.number, ImportOutcome.UNCHANGED, known.key, note=note)
        if not is_same:
            change_unit(self.session, content, actor=self.actor, now=self.now)
            is_same = before == unit_content(self.session, known)
        outcome = ImportOutcome.UNCHANGED if is_same else ImportOutcome.CHANGED
        outcome = ImportOutcome.CHANGED if is_restored else outcome
        return RowReport(row.number, outcome, known.key)

    def end(self, row: DirectoryRow[UnitContent]) -> str:
        """Merge or retire a unit, as the page does."""
        units = list_units(self.session)
        unit = _unit_of(row.content, units)
        into = _heir_of(row.standing, units, "没有单位“{}”，请填单位名录中的名称或标识")
        if unit is None:
            return ""
        former = next((one for one in units if one.id == unit.merged_into_id), None)
        if not unit.is_active:
            _refuse_other_end(row.standing, unit.name, former, into)
            return ""
        if into is None:
            retire_unit(self.session, unit, actor=self.actor, now=self.now)
            return "已停用"
        passed = merge_units(self.session, unit, into, actor=self.actor, now=self.now)
        return f"已并入{into.name}：{passed}"

    def names(self, row: DirectoryRow[UnitContent]) -> set[str]:
        """Return the key and the name of a unit."""
        unit = _unit_of(row.content, list_units(self.session))
        return {unit.key, unit.name} if unit is not None else {row.content.name}

    def rank(self, row: DirectoryRow[UnitContent]) -> int:
        """Return the rank of a unit's level, whether or not the file names it."""
        unit = _unit_of(row.content, list_units(self.session))
        return RANKS[unit.level if unit is not None else row.content.level]

    def _with_keys(self, content: UnitContent, units: Iterable[Unit]) -> UnitContent:
        """Return ``content`` with the names of areas and of the parent replaced by keys."""
        areas: Mapping[str, str] = {area.name: area.key for area in list_areas(self.session)}
        parents = {unit.name: unit.key for unit in units}
        return replace(
            content,
            fields=tuple(areas.get(name, name) for name in content.fields),
            parent=parents.get(content.parent, content.parent) if content.parent else None,
        )


class AreaStore(RowStore[AreaContent]):
    """Rows of policy areas."""

    columns = AREA_COLUMNS

    def read(self, row: SourceRow) -> DirectoryRow[AreaContent]:
        """Return a row; raises InvalidAreaError."""
        found = read_area_row(row)
        return DirectoryRow(row, found.content, found.standing)

    def in_order(
        self, rows: Iterable[DirectoryRow[AreaContent]]
    ) -> list[DirectoryRow[AreaContent]]:
        """Return the rows in the order of the file."""
        return list(rows)

    def store(self, row: DirectoryRow[AreaContent]) -> RowReport:
        """Add or change an area."""
        session, actor, now = self.session, self.actor, self.now
        known = session.get(Area, row.content.key)
        if known is None:
            stored = add_area(session, row.content, actor=actor, now=now)
            outcome = ImportOutcome.ADDED
        else:
            before = (known.name, known.position, known.is_active)
            if row.standing.is_active is True:
                set_area_active(session, known, is_active=True, actor=actor, now=now)
            stored = change_area(session, row.content, actor=actor, now=now)
            is_same = before == (stored.name, stored.position, stored.is_active)
            outcome = ImportOutcome.UNCHANGED if is_same else ImportOutcome.CHANGED
        _note_row(self.row_of, stored.key, row.number, "领域", InvalidAreaError)
        return RowReport(row.number, outcome, stored.key)

    def names(self, row: DirectoryRow[AreaContent]) -> set[str]:
        """Return the key and the name of an area."""
        return {row.content.key, row.content.name}

    def rank(self, _row: DirectoryRow[AreaContent]) -> int:
        """Return the same rank for all: no area is below another."""
        return 0

    def end(self, row: DirectoryRow[AreaContent]) -> str:
        """Merge or retire an area, as the page does."""
        areas = list_areas(self.session)
        area = next((one for one in areas if one.key == row.content.key), None)
        into = _heir_of(row.standing, areas, "没有领域“{}”，请填领域清单中的名称或值")
        if area is None:
            return ""
        former = next((one for one in areas if one.key == area.merged_into), None)
        if not area.is_active:
            _refuse_other_end(row.standing, area.name, former, into)
            return ""
        if into is None:
            retire_area(self.session, area, actor=self.actor, now=self.now)
            return "已停用"
        passed = merge_areas(self.session, area, into, actor=self.actor, now=self.now)
        return f"已并入{into.name}：{passed}"


def _heir_of(standing: Standing, known: Iterable[Kept], unknown: str) -> Kept | None:
    """Return what a row names, by name or key, to merge into; None if it names nothing.

    Raises the fault ``unknown``, with the name in its braces, for what is not there.
    """
    heir = standing.heir
    found = next((one for one in known if heir in (one.name, one.key)), None) if heir else None
    if heir and found is None:
        raise _standing_fault(unknown.format(heir))
    return found


def _refuse_other_end(
    standing: Standing, name: str, former: Unit | Area | None, into: Unit | Area | None
) -> None:
    """Raise an error if what is out of use already would need another heir."""
    says_none = standing.says_heir and into is None
    if former is into or (into is None and not says_none):
        return
    is_now = f"已并入“{former.name}”" if former else "已停用"
    raise _standing_fault(f"“{name}”{is_now}，要改并入的，请先恢复使用")


def _standing_fault(message: str) -> InvalidUnitsError:
    return InvalidUnitsError(message, problems=(FieldProblem("merged_into", message),))


def _note_row(
    row_of: dict[str, int],
    key: str,
    number: int,
    what: str,
    error: type[QAServiceError],
) -> None:
    """Note which row a unit or area is in; raises ``error`` if it is in another one."""
    if key in row_of:
        message = f"与第{row_of[key]}行是同一个{what}，请删去一行"
        raise error(message, problems=(FieldProblem("name", message),))
    row_of[key] = number


def _unit_of(content: UnitContent, units: Iterable[Unit]) -> Unit | None:
    """Return the stored unit a row belongs to, or None for a new one."""
    if content.key:
        return next((unit for unit in units if unit.key == content.key), None)
    return next((unit for unit in units if unit.name == content.name), None)


def _kept(row: DirectoryRow[UnitContent], stored: UnitContent) -> UnitContent:
    """Return the content with the stored values of the columns that the file lacks."""
    missing = {
        name: getattr(stored, name)
        for column, name in _FIELD_OF.items()
        if column not in _STANDING
        and column_name(row.source, UNIT_COLUMNS, column) not in row.source.values
    }
    return replace(row.content, **{**missing, "key": stored.key})


def _is_same(before: UnitContent, content: UnitContent) -> bool:
    return replace(content, fields=tuple(sorted(set(content.fields)))) == before
