"""``LIKE`` patterns that behave alike on both databases."""

import re
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

_ESCAPE = "!"


def contains(column: Any, text: str) -> ColumnElement[bool]:  # noqa: ANN401
    """Return a condition: ``column`` contains ``text`` literally, ignoring case."""
    escaped = re.sub(r"([!%_])", rf"{_ESCAPE}\1", text)
    return col(column).ilike(f"%{escaped}%", escape=_ESCAPE)
