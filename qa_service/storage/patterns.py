"""``LIKE`` patterns that behave alike on both databases."""

import re
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

_ESCAPE = "!"


def contains(column: Any, text: str, *others: str) -> ColumnElement[bool]:  # noqa: ANN401
    """Return a condition: ``column`` contains one of the texts literally, ignoring case."""
    escaped = (re.sub(r"([!%_])", rf"{_ESCAPE}\1", one) for one in (text, *others))
    return or_(*(col(column).ilike(f"%{one}%", escape=_ESCAPE) for one in escaped))
