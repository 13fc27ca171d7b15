"""The template of a file of policy documents (政策文件导入模板)."""

from io import BytesIO

from qa_service.knowledge.exchange.rows.policy_columns import COLUMNS
from qa_service.knowledge.exchange.xlsx_writer import write_sheet

WIDTH = 20
"""Width of a column in characters."""


def policy_template() -> bytes:
    """Return an XLSX file with the columns of an import of policy documents, and no row."""
    held = BytesIO()
    write_sheet(held, "政策文件", [(column.label, column.width or WIDTH) for column in COLUMNS], ())
    return held.getvalue()
