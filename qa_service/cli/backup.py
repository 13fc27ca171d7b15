"""``qa-service backup`` and ``qa-service restore``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.settings import Settings
    from qa_service.storage.backup import Place


def back_up(
    folder: Annotated[Path, typer.Argument(help="备份到这个新目录")],
) -> None:
    """备份数据库和媒体文件，服务可照常运行；密钥须另行备份。"""
    from qa_service.clock import SystemClock
    from qa_service.storage import backup
    from qa_service.storage.encryption import load_cipher

    with report_errors():
        settings = read_settings()
        key_ids = sorted(load_cipher(settings.data_dir).keys)
        now = SystemClock().now()
        count = backup.back_up(_place(settings), folder, now=now, key_ids=key_ids)
    say(f"已备份 {count} 个文件到 {folder}")
    say(f"咨询人信息由 {key_ids} 号密钥加密：请另行备份 {settings.data_dir / 'secrets'}")


def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录")],
) -> None:
    """恢复到空的位置：先核对每个文件的校验值，再写入数据库和媒体文件。"""
    from qa_service.storage import backup
    from qa_service.storage.encryption import load_cipher
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import upgrade

    with report_errors():
        settings = read_settings()
        place = _place(settings)
        engine = open_engine(place.database_url)
        backup.restore(folder, place, engine)
        upgrade(engine)
        needed = set(backup.read_backup(folder)["key_ids"])
        missing = needed - set(load_cipher(settings.data_dir).keys)
    say("已恢复。下次启动时索引自动重建：qa-service serve，或 qa-service index rebuild")
    if missing or not (settings.data_dir / "secrets").exists():
        say(f"缺少 {sorted(missing)} 号密钥：请把 secrets 目录恢复到 {settings.data_dir}")


def _place(settings: "Settings") -> "Place":
    """Return where the service of the settings keeps its data."""
    from qa_service.storage.backup import Place

    return Place(settings.effective_database_url, settings.effective_media_dir)
