"""Whether a unit or area of a file is in use (状态), and what it was merged into (并入)."""

from dataclasses import dataclass

from qa_service.knowledge.exchange.rows.columns import Column, RowFields, column_name
from qa_service.text.normalise import display_clean

IN_USE, RETIRED = "在用", "停用"
_STATES = {IN_USE: True, RETIRED: False, "已停用": False, "active": True, "retired": False}

COLUMNS = (
    Column("state", "状态", width=8, guide="选填。在用或停用，空为不变；停用须已无未了事项。"),
    Column("merged_into", "并入", width=24, guide="选填。接手的名称或标识；未了事项移交给它。"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing a row gives its unit or area: in use or not, None for as it is; and its heir.

    ``heir`` is a name or key, "" for none; ``says_heir`` whether the file has the column.
    """

    is_active: bool | None = None
    heir: str = ""
    says_heir: bool = False

    @property
    def is_ended(self) -> bool:
        """Return whether the unit or area is to be out of use."""
        return self.is_active is False


def read_standing(fields: RowFields) -> Standing:
    """Return the standing in a row; one that contradicts itself is a fault of the row."""
    text, heir = fields.text("state"), display_clean(fields.text("merged_into"))
    if text and text not in _STATES:
        fields.fault("state", f"“{text}”不在可选值之内，请填 {IN_USE} 或 {RETIRED}")
    is_active = _STATES.get(text)
    if heir and is_active:
        fields.fault("merged_into", f"写了并入的，状态应为{RETIRED}；仍在用的请清空这一格")
    says_heir = column_name(fields.row, fields.columns, "merged_into") in fields.row.values
    return Standing(False if heir else is_active, heir, says_heir)
