"""Readiness check: full service, degraded service (keywords only), or none."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TypeVar

from qa_service.errors import FieldProblem, UnavailableError
from qa_service.observability.events import NotReady, log_event
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.storage.key_register import unknown_keys
from qa_service.storage.migrate import is_current
from qa_service.storage.postgres_limits import probe_space
from qa_service.storage.writer_queue import READ_ONLY

PROBE_BYTES = 65_536
PROBE_SECONDS = 5.0


@dataclass(slots=True)
class _Probe:
    """Times, on the monotonic clock, at which a probe last succeeded, by folder."""

    lock: Lock = field(default_factory=Lock)
    done: dict[Path, float] = field(default_factory=dict)


_PROBE = _Probe()

_Found = TypeVar("_Found")


class NotReadyError(UnavailableError):
    """The service cannot answer questions; ``problems`` names the part at fault."""

    code = "not_ready"
    title = "服务未就绪"


@dataclass(frozen=True, slots=True)
class ReadyState:
    """The state of a working service; ``degraded_reason`` is None for full service."""

    index_revision: int
    indexed_pairs: int
    degraded_reason: str | None


def check_readiness(services: Services) -> ReadyState:
    """Return the state of the services; raises NotReadyError if one of them cannot work."""
    # Read-only, because SQLite would otherwise make the check wait for writers.
    database = services.database.execution_options(**{READ_ONLY: True})
    if not _tried("database", "数据库无法访问", lambda: is_current(database)):
        raise _not_ready("database", "数据库结构与程序版本不一致，请执行迁移")
    indexed = _tried("index", "索引无法更新到最新版本", services.index_sync.follow)
    _tried("disk", "数据目录或数据库无法写入，磁盘可能已满或只读", lambda: probe_write(services))
    reason = services.degradation
    if services.searcher.degraded and reason is None:
        reason = "语义模型不可用，仅按关键词检索"
    with session_scope(services.database, read_only=True) as session:
        unknown = unknown_keys(session, services.cipher)
    if unknown:
        listed = "、".join(str(key_id) for key_id in unknown)
        reason = f"数据库使用的 {listed} 号密钥不在本进程中，请核对 secrets 目录后重启"
    return ReadyState(indexed.revision, len(services.index_sync.engine.index), reason)


def probe_write(services: Services) -> None:
    """Write and remove a small file beside the data, and let the database write one.

    Raises OSError or OperationalError on a full disk. Looked at once in ``PROBE_SECONDS``,
    because anybody may ask and each probe waits for the disk.
    """
    folder = services.settings.data_dir
    with _PROBE.lock:
        if monotonic() - _PROBE.done.get(folder, -PROBE_SECONDS) < PROBE_SECONDS:
            return
        probe_space(services.database)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(b"\0" * PROBE_BYTES)
            file.flush()
            os.fsync(file.fileno())
        _PROBE.done[folder] = monotonic()


def _tried(part: str, message: str, check: Callable[[], _Found]) -> _Found:
    try:
        return check()
    except Exception as error:
        # Any exception means not ready; only its class is logged.
        log_event(NotReady(part, type(error).__name__))
        raise _not_ready(part, message) from error


def _not_ready(part: str, message: str) -> NotReadyError:
    problem = FieldProblem(part, message)
    return NotReadyError(f"服务暂时不可用：{message}", problems=(problem,))
