"""The closed catalogue of log events: the only way in which the product writes to its log.

Each event is a class with typed fields. Values are numbers or short machine text; anything
that may be a citizen's words (Chinese text, a phone or identity number) is refused and
replaced by ``REFUSED`` before it reaches a handler.
"""

import logging
import re
import traceback
from dataclasses import dataclass, fields
from typing import ClassVar

from qa_service.errors import ConfigurationError

REFUSED = "refused"
"""Text logged in place of a value that may hold a citizen's words."""
LOGGED_FRAMES = 10
"""Greatest number of frames listed in the place of an error."""
_LIBRARIES = "site-packages"
FIELDS, TITLE = "event_fields", "event_title"
"""Attributes of a log record that hold the event's fields and its Chinese title."""

_MACHINE_TEXT = re.compile(r"[ -~]{0,1500}")
_PERSONAL = re.compile(r"(?<!\d)1\d{10}(?!\d)|\d{15,}|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)|@")
"""Mobile, identity and landline numbers, and mail addresses."""

LogValue = str | int | float | None


class Notice(str):
    """Chinese text written by this program about its own configuration; may be logged."""

    __slots__ = ()

    @classmethod
    def of(cls, error: ConfigurationError) -> "Notice":
        """Return the message of ``error``, which names files and settings only."""
        return cls(error.message)


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Base of all log events."""

    name: ClassVar[str]
    """The event's name in JSON logs."""
    title: ClassVar[str]
    """The event's name in Chinese, in text logs."""
    source: ClassVar[str]
    """The room that logs it; the logger is called ``qa_service.<source>``."""
    level: ClassVar[int] = logging.INFO


@dataclass(frozen=True, slots=True)
class RequestAnswered(LogEvent):
    """A request was answered; ``route`` is the route's pattern, never the path itself."""

    name = "request"
    title = "请求"
    source = "request"

    method: str
    route: str
    status: int
    ms: float


@dataclass(frozen=True, slots=True)
class RequestFailed(LogEvent):
    """A request ended with an expected error of the 5xx family."""

    name = "service error"
    title = "请求未能办理"
    source = "server"
    level = logging.ERROR

    code: str
    route: str


@dataclass(frozen=True, slots=True)
class DatabaseBusy(LogEvent):
    """The database was locked or unreachable during a request."""

    name = "database busy or away"
    title = "数据库繁忙或无法访问"
    source = "server"
    level = logging.ERROR

    route: str


@dataclass(frozen=True, slots=True)
class DatabaseFull(LogEvent):
    """The disk of the database had no space for what a request would have stored."""

    name = "database disk full"
    title = "数据库所在磁盘已满"
    source = "server"
    level = logging.ERROR

    route: str


@dataclass(frozen=True, slots=True)
class UnexpectedError(LogEvent):
    """A request ended with an unforeseen error; users are shown the number ``incident``."""

    name = "unexpected error"
    title = "意外错误"
    source = "server"
    level = logging.ERROR

    incident: str
    kind: str
    method: str
    route: str
    at: str


@dataclass(frozen=True, slots=True)
class HeaderTimeoutMissing(LogEvent):
    """The installed version of uvicorn is not one that the header timeout was tested with."""

    name = "header timeout missing"
    title = "uvicorn 版本未经测试，请求头超时不生效"
    source = "server"
    level = logging.WARNING

    uvicorn: str


@dataclass(frozen=True, slots=True)
class ServiceStarted(LogEvent):
    """A process has opened its services and begins to answer requests."""

    name = "service started"
    title = "服务已启动"
    source = "server"

    process: int


@dataclass(frozen=True, slots=True)
class ServiceStopped(LogEvent):
    """A process has answered its last request."""

    name = "service stopped"
    title = "服务已停止"
    source = "server"

    process: int


@dataclass(frozen=True, slots=True)
class NotReady(LogEvent):
    """A readiness check failed at ``part``."""

    name = "not ready"
    title = "服务未就绪"
    source = "api"
    level = logging.ERROR

    part: str
    error: str


@dataclass(frozen=True, slots=True)
class Recalibrated(LogEvent):
    """The decision was checked on judged questions after a change, or fitted again."""

    name = "recalibrated"
    title = "判定已用评测问题重新核验"
    source = "retrieval"

    questions: int
    answered: int
    right: int
    refitted: int


@dataclass(frozen=True, slots=True)
class RecalibrationImpossible(LogEvent):
    """Too few judged questions fit the bank; nothing is answered outright until calibrated."""

    name = "recalibration impossible"
    title = "适用的评测问题太少，无法自动重新校准"
    source = "retrieval"
    level = logging.WARNING

    questions: int


@dataclass(frozen=True, slots=True)
class JobDone(LogEvent):
    """A scheduled job changed ``count`` things."""

    name = "job done"
    title = "定时任务完成"
    source = "jobs"

    duty: str
    count: int


@dataclass(frozen=True, slots=True)
class PdfFailed(LogEvent):
    """A page could not be printed as PDF, of which the visitor was told."""

    name = "pdf failed"
    title = "生成 PDF 失败"
    source = "web"
    level = logging.WARNING

    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class JobFailed(LogEvent):
    """A scheduled job failed; it is run again at its next interval."""

    name = "job failed"
    title = "定时任务失败"
    source = "jobs"
    level = logging.ERROR

    duty: str
    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class CalendarReloaded(LogEvent):
    """New holiday files are in use."""

    name = "calendar reloaded"
    title = "新的放假安排已启用"
    source = "jobs"


@dataclass(frozen=True, slots=True)
class CalendarKept(LogEvent):
    """A holiday file is faulty, so the calendar stays unchanged."""

    name = "calendar kept as it was"
    title = "放假安排有误，沿用原有的"
    source = "jobs"
    level = logging.ERROR

    reason: Notice


@dataclass(frozen=True, slots=True)
class NotDelivered(LogEvent):
    """An attempt to deliver an outbox event failed."""

    name = "not delivered"
    title = "推送失败"
    source = "integration"
    level = logging.WARNING

    event: int
    topic: str
    cause: str


@dataclass(frozen=True, slots=True)
class DeliveryFailed(LogEvent):
    """Delivering an outbox event, or noting that it arrived, met an unforeseen error."""

    name = "delivery failed"
    title = "推送意外出错"
    source = "integration"
    level = logging.ERROR

    event: int
    topic: str
    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class DestinationPaused(LogEvent):
    """A destination failed several times in a row and is paused for ``seconds``."""

    name = "destination paused"
    title = "接收方连续失败，暂停推送"
    source = "integration"
    level = logging.WARNING

    destination: str
    seconds: float


@dataclass(frozen=True, slots=True)
class SnapshotNotStored(LogEvent):
    """The search index could not be saved; the next start rebuilds it."""

    name = "snapshot not stored"
    title = "索引快照未能保存"
    source = "knowledge"
    level = logging.ERROR

    kind: str


@dataclass(frozen=True, slots=True)
class SearchEngineFailed(LogEvent):
    """The search engine outside this process failed with the error ``code``; it is tried again."""

    name = "search engine failed"
    title = "检索引擎不可用"
    source = "retrieval"
    level = logging.ERROR

    code: str


@dataclass(frozen=True, slots=True)
class SearchEngineBack(LogEvent):
    """The search engine answers again."""

    name = "search engine back"
    title = "检索引擎恢复"
    source = "retrieval"
    level = logging.WARNING


@dataclass(frozen=True, slots=True)
class IndexWatchInterrupted(LogEvent):
    """Watching the bank for changes failed and is retried."""

    name = "bank watch interrupted"
    title = "问答库变更监听中断"
    source = "knowledge"
    level = logging.WARNING

    kind: str


@dataclass(frozen=True, slots=True)
class EmbeddingsNotCached(LogEvent):
    """Vectors could not be written to their cache; they are recomputed when needed."""

    name = "vectors not kept"
    title = "向量缓存未能写入"
    source = "retrieval"
    level = logging.WARNING

    errno: int | None


def log_event(event: LogEvent) -> None:
    """Write ``event`` to the log of its room, each value checked first."""
    logger = logging.getLogger(f"qa_service.{event.source}")
    if not logger.isEnabledFor(event.level):
        return
    values = {one.name: checked(getattr(event, one.name)) for one in fields(event)}
    text = " ".join(f"{name}={value}" for name, value in values.items())
    message = f"{event.name}: {text}" if text else event.name
    # Passed as an argument, because a value may hold a percent sign.
    extra = {FIELDS: {"event": event.name, **values}, TITLE: event.title}
    logger.log(event.level, "%s", message, extra=extra)


def checked(value: LogValue) -> LogValue:
    """Return ``value`` if it may be logged, else ``REFUSED``."""
    if isinstance(value, Notice):
        return str(value)
    if isinstance(value, str) and (not _MACHINE_TEXT.fullmatch(value) or _PERSONAL.search(value)):
        return REFUSED
    return value


def kind_of(error: BaseException) -> str:
    """Return the qualified class name of ``error``; its message may hold a citizen's words."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def place_of(error: BaseException) -> str:
    """Return where ``error`` was raised: ``file:line`` of each frame, outermost first.

    Of frames in libraries only the innermost is listed: the frames of a database error would
    otherwise leave no room for those of the service.
    """
    found = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in found[:-1] if _LIBRARIES not in frame.filename]
    frames = [*own, *found[-1:]][-LOGGED_FRAMES:]
    return " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
