"""``qa-service backup`` and ``qa-service restore``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from qa_service.settings import Settings
    from qa_service.storage.backups.backup import Place


def back_up(
    folder: Annotated[Path, typer.Argument(help="备份到这个新目录")],
) -> None:
    """备份数据库和媒体文件，服务可照常运行；密钥须另行备份。"""
    from qa_service.clock import SystemClock
    from qa_service.storage.backups import backup
    from qa_service.storage.encryption import read_keys, secrets_folder

    with report_errors():
        settings = read_settings()
        backup.refuse_half_restored(settings.data_dir)
        secrets = secrets_folder(settings.data_dir)
        key_ids = sorted(read_keys(secrets))
        now = SystemClock().now()
        count = backup.back_up(_place(settings), folder, now=now, key_ids=key_ids)
    say(f"已备份 {count} 个文件到 {folder}")
    say(f"咨询人信息由 {key_ids} 号密钥加密：请另行备份 {secrets}")


def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录")],
    revoke_keys: Annotated[
        bool, typer.Option("--revoke-keys", help="停用恢复出来的全部接口密钥")
    ] = False,
) -> None:
    """恢复到空的位置：先核对每个文件的校验值，再写入数据库和媒体文件；中断后可再次运行。"""
    from qa_service.storage.backups import backup
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import upgrade

    with report_errors():
        settings = read_settings()
        place = _place(settings)
        engine = open_engine(place.database_url)
        manifest = backup.restore(folder, place, engine)
        upgrade(engine)
        active_keys = _withdraw_access(engine, manifest.created_at, revoke_keys=revoke_keys)
        backup.finish_restore(settings.data_dir)
        say("已恢复。下次启动时索引自动重建：qa-service serve，或 qa-service index rebuild")
        say("所有登录会话已结束。备份之后停用的账号、改过的口令和职责回到备份时的状态，请核对")
        if active_keys:
            say(
                f"备份时在用的接口密钥重新有效：{'、'.join(active_keys)}。备份之后停用过的，"
                "请用 qa-service key revoke 再次停用；全部停用可在恢复时加 --revoke-keys"
            )
        _tell_missing_keys(settings, engine)


def _withdraw_access(engine: "Engine", taken_at: str, *, revoke_keys: bool) -> list[str]:
    """End the sessions of the restored database and, if asked to, revoke its API keys.

    A backup cannot know what was ended or revoked after it was taken. Returns the names of
    the keys that are active.
    """
    from qa_service.accounts.actor import COMMAND_LINE
    from qa_service.accounts.api_keys import list_keys, revoke_key
    from qa_service.accounts.audit import record
    from qa_service.accounts.authentication.sessions import end_every_session
    from qa_service.clock import SystemClock
    from qa_service.storage.engine import session_scope
    from qa_service.vocabulary import AuditAction

    now = SystemClock().now()
    with session_scope(engine) as session:
        end_every_session(session)
        active = [key.name for key in list_keys(session) if key.is_active]
        for name in active if revoke_keys else ():
            revoke_key(session, name, now=now)
        record(
            session,
            AuditAction.SETTINGS,
            actor=COMMAND_LINE,
            now=now,
            subject="恢复备份",
            backup=taken_at[:40],
            change="停用全部接口密钥" if revoke_keys else None,
        )
    return [] if revoke_keys else active


def _tell_missing_keys(settings: "Settings", engine: "Engine") -> None:
    """Say which encryption keys the restored data need; none is ever created here."""
    from qa_service.ledger.askers.sealed_texts import sealed_samples
    from qa_service.storage.encryption import secrets_folder
    from qa_service.storage.engine import session_scope
    from qa_service.storage.key_register import KeysUnusableError, check_keys, read_state

    folder = secrets_folder(settings.data_dir)
    try:
        with session_scope(engine, read_only=True) as session:
            check_keys(read_state(session, folder, sealed_samples), folder)
    except KeysUnusableError as error:
        say(f"✘ {error.message}")


def _place(settings: "Settings") -> "Place":
    """Return where the service of the settings keeps its data."""
    from qa_service.storage.backups.backup import Place

    url, media = settings.effective_database_url, settings.effective_media_dir
    return Place(url, media, settings.data_dir)
