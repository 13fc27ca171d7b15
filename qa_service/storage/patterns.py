"""Patterns for ``LIKE``, the same on both databases."""

import re
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

_ESCAPE = "!"


def contains(column: Any, text: str) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether a text ``column`` holds ``text`` anywhere, as it stands; letters of any case."""
    escaped = re.sub(r"([!%_])", rf"{_ESCAPE}\1", text)
    return col(column).ilike(f"%{escaped}%", escape=_ESCAPE)
