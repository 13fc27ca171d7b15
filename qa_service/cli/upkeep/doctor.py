"""``qa-service doctor``: checks an installation and prints a remedy for each problem."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import say, show_json
from qa_service.cli.service import read_settings
from qa_service.cli.serving.exposure import check_exposure
from qa_service.cli.upkeep.stored_flags import repair_stored_flags, wrong_stored_flags
from qa_service.errors import QAServiceError
from qa_service.vocabulary import SearchEngine

if TYPE_CHECKING:
    from qa_service.settings import Settings

LEAST_FREE_BYTES = 2_000_000_000
FROM_MONTH = 11
"""Month from which the next year's holidays must be known; the notice appears in autumn."""
_DAMAGED = "数据库文件已损坏：请停止服务，保留该文件，用 qa-service restore 恢复最近的备份"
SANE_FROM = 1_764_000_000
"""Earliest plausible time in seconds since 1970: a clock before late 2025 was never set."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: its name, and in Chinese the state or the remedy."""

    name: str
    ok: bool
    message: str


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="先更正与版本内容不一致的问答标记，再检查")
    ] = False,
) -> None:
    """检查设置、数据库、密钥、问答标记、模型、索引、节假日、磁盘等；有问题时退出码为 1。"""
    if repair:
        repair_stored_flags()
    found = list(_examine())
    if as_json:
        show_json([{"name": one.name, "ok": one.ok, "told": one.message} for one in found])
    else:
        for one in found:
            say(f"{'✔' if one.ok else '✘'} {one.name}：{one.message}")
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def _examine() -> Iterator[Finding]:
    """Yield the result of every check; stop after faulty settings."""
    try:
        settings = read_settings()
        check_exposure(settings)
    except QAServiceError as error:
        faults = "；".join(f"{one.field} {one.message}" for one in error.problems)
        yield Finding("设置", ok=False, message=faults or error.message)
        return
    yield Finding("设置", ok=True, message="有效")
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("数据库", _database),
        ("密钥", _secrets),
        ("问答标记", _flags),
        ("文件权限", _privacy),
        ("语义模型", _model),
        ("重排模型", _reranker),
        ("索引", _index),
        ("判定校准", _calibration),
        ("节假日", _calendar),
        ("磁盘", _disk),
        ("时钟", _clock),
    )
    for name, check in checks:
        yield _run_check(name, check, settings)


class _CheckFailedError(Exception):
    """A check failed; the message gives the remedy in Chinese."""


def _run_check(name: str, check: Callable[["Settings"], str], settings: "Settings") -> Finding:
    """Run a check and return its result; any exception becomes a failed result."""
    try:
        return Finding(name, ok=True, message=check(settings))
    except _CheckFailedError as error:
        return Finding(name, ok=False, message=str(error))
    except QAServiceError as error:
        return Finding(name, ok=False, message=error.message)
    except Exception as error:
        return Finding(name, ok=False, message=f"无法检查（{type(error).__name__}）")


def _database(settings: "Settings") -> str:
    """Check that the database is whole, completely restored, and has the newest schema."""
    from qa_service.storage.backups.backup import refuse_half_restored
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import is_current, is_damage, refuse_newer
    from qa_service.storage.writer_queue import READ_ONLY

    refuse_half_restored(settings.data_dir)
    engine = open_engine(settings.effective_database_url)
    reader = engine.execution_options(**{READ_ONLY: True})
    try:
        with reader.connect() as connection:
            if engine.dialect.name == "sqlite":
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
                if found != "ok":
                    raise _CheckFailedError(_DAMAGED)
            refuse_newer(connection)
    except (QAServiceError, _CheckFailedError):
        raise
    except Exception as error:
        told = _DAMAGED if is_damage(error) else "无法连接，请检查 QA_DATABASE_URL 和数据库服务"
        raise _CheckFailedError(told) from error
    if not is_current(reader):
        raise _CheckFailedError("结构与程序版本不一致，启动服务时自动升级；升级前请先备份")
    return f"{engine.dialect.name} 可用，结构为最新"


def _secrets(settings: "Settings") -> str:
    """Check that the keys open what is encrypted, and are readable by their owner only."""
    from qa_service.ledger.askers.sealed_texts import sealed_samples
    from qa_service.storage.encryption import secrets_folder
    from qa_service.storage.engine import open_engine, session_scope
    from qa_service.storage.key_register import check_keys, read_state
    from qa_service.storage.migrate import is_current
    from qa_service.storage.writer_queue import READ_ONLY

    folder = secrets_folder(settings.data_dir)
    engine = open_engine(settings.effective_database_url)
    if is_current(engine.execution_options(**{READ_ONLY: True})):
        with session_scope(engine, read_only=True) as session:
            check_keys(read_state(session, folder, sealed_samples), folder)
    files = sorted(folder.glob("asker*.key"))
    if not files:
        raise _CheckFailedError("还没有密钥，首次启动时生成；恢复备份后须放回 secrets 目录")
    loose = [path.name for path in files if path.stat().st_mode & 0o077]
    if loose:
        raise _CheckFailedError(f"{'、'.join(loose)} 可被他人读取，请执行 chmod 600")
    return f"{len(files)} 个，权限正确；请确认已另行备份"


def _flags(settings: "Settings") -> str:
    """Check that the flags of pairs are those of their versions."""
    wrong = wrong_stored_flags(settings)
    if wrong:
        raise _CheckFailedError(wrong)
    return "与各版本内容一致"


def _privacy(settings: "Settings") -> str:
    """Check that other users of the machine cannot read the data."""
    from qa_service.settings import DATABASE_FILE

    open_places = [
        str(folder)
        for folder in (settings.data_dir, settings.effective_media_dir)
        if folder.exists() and folder.stat().st_mode & 0o077 and _is_reachable(folder)
    ]
    database = settings.data_dir / DATABASE_FILE
    if database.exists() and database.stat().st_mode & 0o077 and open_places:
        open_places.append(str(database))
    if open_places:
        raise _CheckFailedError(
            f"本机其他用户可进入或读取 {'、'.join(open_places)}，请执行 "
            f"chmod -R go= {settings.data_dir}"
        )
    return "只有本服务的用户可以读取数据"


def _is_reachable(folder: Path) -> bool:
    """Return whether other users can enter every folder above."""
    return all(above.stat().st_mode & 0o011 for above in folder.resolve().parents)


def _model(settings: "Settings") -> str:
    """Check that the semantic model can be loaded."""
    from qa_service.retrieval.encoders.encoder import EncoderUnavailableError, load_encoder

    try:
        encoder = load_encoder(
            settings.embedding_model, data_dir=settings.data_dir, report=lambda _line: None
        )
    except EncoderUnavailableError as error:
        raise _CheckFailedError(
            f"{error.message}；服务仍可用关键词检索，但不直接判为命中"
        ) from error
    return f"可用，{encoder.dimension} 维"


def _reranker(settings: "Settings") -> str:
    """Check that the re-ranker can be loaded."""
    from qa_service.retrieval.reranking.reranker import RerankerUnavailableError, load_reranker

    said: list[str] = []
    try:
        load_reranker(settings.reranker_model, data_dir=settings.data_dir, report=said.append)
    except RerankerUnavailableError as error:
        raise _CheckFailedError(
            f"{error.message}；服务仍可检索，但只直接答复与库中问法一字不差的问题"
        ) from error
    return "；".join(["可用", *(line for line in said if "本机" in line)])


def _index(settings: "Settings") -> str:
    """Check that there is a snapshot of the index, and the search engine if there is one."""
    if settings.search_engine is not SearchEngine.EMBEDDED:
        from qa_service.retrieval.backends.choice import index_store

        index_store(settings).check()
        return f"{settings.search_engine.label}可用，启动时与数据库核对"
    if not (settings.index_dir / "CURRENT").exists():
        raise _CheckFailedError("没有快照，启动时自动重建，或运行 qa-service index rebuild")
    return "快照在，启动时与数据库核对"


def _calibration(settings: "Settings") -> str:
    """Check that a calibration made on this machine, if any, is usable by this version."""
    from qa_service.knowledge.indexing.calibration_files import (
        calibration_in_use,
        own_calibration_file,
    )

    _, reason = calibration_in_use(settings.data_dir)
    if reason:
        raise _CheckFailedError(reason)
    origin = "本机校准" if own_calibration_file(settings.data_dir).exists() else "随程序提供的校准"
    return f"使用{origin}；与词典和模型不符时页面会提示"


def _calendar(settings: "Settings") -> str:
    """Check that the holidays of this year, and from autumn those of the next, are known."""
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.services import calendar_in_use

    today = beijing_day(SystemClock().now())
    calendar = calendar_in_use(settings)
    year = today.year + 1
    if today.month >= FROM_MONTH and calendar.day(date(year, 1, 1)).provisional:
        raise _CheckFailedError(
            f"还没有 {year} 年放假安排，跨年的期限为暂定；国务院公布后请在"
            "“单位”页的“节假日”中粘贴通知"
        )
    return f"{today.year} 年放假安排已收录"


def _disk(settings: "Settings") -> str:
    """Check the free disk space."""
    folder = (
        settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise _CheckFailedError(f"只剩 {free / 1e9:.1f} GB，请清理或扩容，至少留 2 GB")
    return f"剩余 {free / 1e9:.0f} GB"


def _clock(_settings: "Settings") -> str:
    """Check that the machine's clock is plausible."""
    if time.time() < SANE_FROM:
        raise _CheckFailedError("系统时间明显不对，请启用时间同步（timedatectl set-ntp true）")
    return "时间合理；请保持时间同步，办理期限以它为准"
