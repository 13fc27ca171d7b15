"""Sends every logger of the process through one formatter: JSON lines, or text for terminals."""

import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import LogRecord

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from qa_service.observability.events import FIELDS, TITLE, kind_of, place_of
from qa_service.settings import Settings

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

CHATTY_LIBRARIES = (
    "alembic",
    "apscheduler",
    "faiss",
    "httpcore",
    "httpx",
    "huggingface_hub",
    "jieba",
    "numba",
    "sentence_transformers",
    "transformers",
    "uvicorn.error",
)
"""Loggers whose messages below warnings are of no use in operation."""


def configure_logs(settings: Settings) -> None:
    """Send every logger of the process, including libraries', to stderr in one format."""
    is_json = settings.log_format == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_fields if is_json else _with_title,
    ]
    rendered = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_error_text,
                _printable,
                rendered,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper().replace("TRACE", "DEBUG"))
    _quiet_libraries()


@contextmanager
def request_bound(request_id: str) -> Iterator[None]:
    """Add ``request_id`` to every line that is logged inside the block."""
    structlog.contextvars.bind_contextvars(request_id=request_id)
    try:
        yield
    finally:
        structlog.contextvars.unbind_contextvars("request_id")


def _quiet_libraries() -> None:
    """Silence libraries below warnings."""
    for name in CHATTY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="jieba")


def _with_fields(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace the message of a catalogued event by its name and its fields."""
    record = line.get("_record")
    if isinstance(record, LogRecord) and hasattr(record, FIELDS):
        line.update(getattr(record, FIELDS))
    return line


def _without_error_text(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace a traceback by the kind of error and its place; its message may quote a request."""
    info = line.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line.update(kind=kind_of(error), at=place_of(error))
    line.pop("stack_info", None)
    return line


def _printable(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Escape control characters, by which a logged text could forge lines or drive a terminal."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    return line


def _with_title(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Replace the message of a catalogued event by its Chinese title and its fields."""
    line = _with_fields(logger, method, line)
    record = line.get("_record")
    if isinstance(record, LogRecord) and hasattr(record, TITLE):
        line["event"] = getattr(record, TITLE)
    return line
