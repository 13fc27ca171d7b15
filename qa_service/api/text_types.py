"""Types of REST input values: bounded, and free of characters that cannot be stored."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from qa_service.clock import beijing_day
from qa_service.text.privacy.masking import masked

LARGEST_ID = 2**31 - 1
"""The largest row id either database can hold in an INTEGER column."""

LEDGER_NUMBER = r"^ZX[0-9]{8}-[0-9]{4,9}$"

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LINE_BREAKS = str.maketrans("", "", "\n\r\t")


class StrictModel(BaseModel):
    """Base of request bodies: refuses unknown fields; errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _refuse(text: str, category: str, message: str) -> None:
    if any(unicodedata.category(character) == category for character in text):
        raise ValueError(message)


def _encodable(text: str) -> str:
    # JSON escapes such as "\ud800" decode to lone surrogates, which cannot be encoded.
    _refuse(text, "Cs", "含有无法识别的字符，请删去")
    return text


def _one_line(text: str) -> str:
    _refuse(_encodable(text), "Cc", "含有控制字符，请删去")
    return text


def _with_breaks(text: str) -> str:
    _one_line(text.translate(_LINE_BREAKS))
    return text


def _impersonal(text: str) -> str:
    if masked(text) != text:
        raise ValueError("请勿填写手机号、身份证号等个人信息，请改填姓名或工号")
    return text


def _parse_date(value: object) -> date:
    # Pydantic would interpret a number as a timestamp.
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise ValueError("应为日期，如 2026-11-24")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("没有这一天，请核对日期") from None


def _parse_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("应为带时区的时间，如 2026-09-30T16:30:00+08:00")
    return instant


def _parse_received(value: object) -> date:
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        return _parse_date(value)
    try:
        received_at = datetime.fromisoformat(str(value))
        if received_at.tzinfo is not None:
            return beijing_day(received_at)
    except (ValueError, OverflowError):
        pass
    raise ValueError("应为日期或带时区的时间，如 2026-09-30 或 2026-09-30T16:30:00+08:00")


ONE_LINE = AfterValidator(_one_line)
"""Validator for texts with bounds: no control characters and no lone surrogates."""

AnyText = Annotated[str, AfterValidator(_encodable)]
"""Text without lone surrogates; the service decides whether it is a usable question."""

Line = Annotated[str, ONE_LINE]
"""Text on one line; the service checks its length."""

Paragraphs = Annotated[str, AfterValidator(_with_breaks)]
"""Text that may contain line breaks and tabs; the service checks its length."""

IMPERSONAL = AfterValidator(_impersonal)
"""Validator for names that are stored as given and must tell people apart."""

ISODate = Annotated[
    date,
    BeforeValidator(_parse_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-24"]}),
]

ReceivedOn = Annotated[
    date,
    BeforeValidator(_parse_received),
    WithJsonSchema({"type": "string", "examples": ["2026-09-30", "2026-09-30T16:30:00+08:00"]}),
]
"""The Beijing day of a date or of an instant with its offset."""

Instant = Annotated[
    datetime,
    BeforeValidator(_parse_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-09-30T16:30:00+08:00"]}),
]
"""An instant with its offset."""

RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
ListedText = Annotated[str, Field(max_length=100), ONE_LINE]
"""Search words of a list."""

LedgerNumber = Annotated[str, Field(pattern=LEDGER_NUMBER, examples=["ZX20261124-0001"])]
PageSize = Annotated[int, Field(ge=1, le=200)]
