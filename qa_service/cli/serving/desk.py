"""``qa-service desk``: serves the public desk alone.

It reads the bank, and writes the questions, corrections and ratings of citizens alone.
"""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.service import open_services, read_settings
from qa_service.cli.serving.exposure import check_exposure
from qa_service.cli.serving.serve import listen, reserve_port, server_config
from qa_service.cli.serving.worker import freeze_startup_objects

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import Engine

    from qa_service.settings import Settings

NOT_READY = "请先用本版本启动一次 qa-service serve，再启动 qa-service desk"


def desk(
    workers: Annotated[int, typer.Option(min=1, max=64, help="进程数")] = 1,
) -> None:
    """启动公众查询：只有政务公开专区的页面，问答库只读，须先启动过 serve。"""
    from qa_service.observability.logs import configure_logs

    with report_errors():
        settings = desk_settings()
        check_exposure(settings)
        configure_logs(settings)
        listener = reserve_port(settings)
        if workers == 1:
            from uvicorn import Server

            app = make_desk_app()
            listen(listener, settings, page="/desk")
            Server(server_config(settings, app)).run(sockets=[listener])
        else:
            from uvicorn.supervisors import Multiprocess

            listen(listener, settings, page="/desk")
            factory = "qa_service.cli.serving.desk:make_desk_app"
            config = server_config(settings, factory, workers=workers)
            Multiprocess(config, [listener]).run()


def desk_settings() -> "Settings":
    """Return the settings of the environment with the host and port of the desk."""
    settings = read_settings()
    own = {"host": settings.desk_host, "port": settings.desk_port}
    return settings.model_copy(update=own)


def make_desk_app() -> "FastAPI":
    """Build the application of the desk in this process.

    Its cipher has a key of its own that opens nothing: askers' data stay closed to it. Contacts
    that citizens leave are sealed to the public key that ``serve`` registered.
    """
    from qa_service.observability.logs import configure_logs
    from qa_service.server.app import create_desk_app
    from qa_service.storage.encryption import KEY_BYTES, FieldCipher

    settings = desk_settings()
    configure_logs(settings)
    database = open_desk_database(settings)
    services = open_services(settings, database, cipher=FieldCipher.of(os.urandom(KEY_BYTES)))
    services = replace(services, desk_writer=open_desk_writer(settings))
    services.index_sync.engine.warm_up()
    say(f"公众查询已就绪：{len(services.index_sync.engine.index)} 条问答")
    app = create_desk_app(services)
    freeze_startup_objects()
    return app


def open_desk_database(settings: "Settings") -> "Engine":
    """Open the database of the settings for the public desk, which can only read it.

    Raises HalfRestoredError, and DatabaseUnusableError where ``qa-service serve`` has not made
    or upgraded the database.
    """
    from qa_service.settings import DATABASE_FILE
    from qa_service.storage.backups.backup import refuse_half_restored
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import DatabaseUnusableError, is_current

    refuse_half_restored(settings.data_dir)
    if not settings.database_url and not (settings.data_dir / DATABASE_FILE).exists():
        raise DatabaseUnusableError(f"{settings.data_dir} 中没有数据库，{NOT_READY}")
    engine = open_engine(settings.effective_database_url, limited=True, read_only=True)
    if not is_current(engine):
        engine.dispose()
        raise DatabaseUnusableError(f"数据库的结构不是本版本的，{NOT_READY}")
    return engine


def open_desk_writer(settings: "Settings") -> "Engine | None":
    """Open the database for what citizens leave at the desk; None where that is turned off."""
    from qa_service.consultation.desk.rights import DESK_RIGHTS
    from qa_service.storage.limited_writes import open_limited_engine

    if not settings.desk_writing:
        return None
    return open_limited_engine(settings.effective_database_url, DESK_RIGHTS)
