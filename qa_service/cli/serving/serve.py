"""``qa-service serve``: prepares a first start, then serves pages and REST API."""

import errno
import os
import sys
import tempfile
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.service import (
    check_engine,
    load_starter_bank,
    make_first_admin,
    note_settings,
    open_services,
    read_settings,
)
from qa_service.cli.serving.exposure import check_exposure
from qa_service.cli.serving.first_models import models_made_beside
from qa_service.cli.serving.worker import freeze_startup_objects
from qa_service.errors import ConfigurationError

if TYPE_CHECKING:
    from socket import socket

    from uvicorn import Config

    from qa_service.services import Services
    from qa_service.settings import Settings

READY_SECONDS = 180
"""Time in which a new worker must have loaded model and index, or it is restarted."""
BACKLOG = 2048
"""Connections that the kernel queues until the service accepts them."""
GRACE_SECONDS = 30
"""Time in which open requests may finish when the service is stopped."""


def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="进程数")] = 1,
    empty: Annotated[
        bool, typer.Option("--empty", help="首次启动时不载入起步库，只载入承办单位")
    ] = False,
) -> None:
    """启动服务：首次启动时建库、载入起步库、建立索引。"""
    from qa_service.observability.logs import configure_logs

    if workers > 1:
        # Set before any metric is created: the metrics of all workers are reported together.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="qa-metrics-"))
    with report_errors():
        settings = read_settings()
        check_exposure(settings)
        configure_logs(settings)
        if workers == 1:
            _run_one(settings, empty=empty)
        else:
            _run_many(workers, settings, empty=empty)


def _run_one(settings: "Settings", *, empty: bool) -> None:
    """Serve in this process."""
    listener = reserve_port(settings)

    services = prepare(settings, empty=empty, by_words_first=True)

    from uvicorn import Server

    from qa_service.server.app import create_app

    app = create_app(services)
    freeze_startup_objects()
    listen(listener, settings)
    Server(server_config(settings, app)).run(sockets=[listener])


def _run_many(workers: int, settings: "Settings", *, empty: bool) -> None:
    """Serve in several processes that share one port."""
    listener = reserve_port(settings)

    from uvicorn.supervisors import Multiprocess

    # In a child process, whose memory is freed at its end: this one only supervises workers.
    prepared = get_context("spawn").Process(
        target=_prepare_and_leave, args=(empty,), name="prepare"
    )
    prepared.start()
    prepared.join()
    if prepared.exitcode:
        raise typer.Exit(1)
    listen(listener, settings)
    config = server_config(settings, "qa_service.cli.serving.worker:make_app", workers=workers)
    Multiprocess(config, [listener]).run()


def _prepare_and_leave(empty: bool) -> None:
    """Prepare the first start; runs in a child process, whose memory is freed at its end."""
    from qa_service.observability.logs import configure_logs

    try:
        with report_errors():
            settings = read_settings()
            configure_logs(settings)
            prepare(settings, empty=empty)
    except typer.Exit as end:
        sys.exit(end.exit_code)


def prepare(
    settings: "Settings", *, empty: bool = False, by_words_first: bool = False
) -> "Services":
    """Prepare a first start (bank, model, index, administrator); return the services.

    An ``empty`` one loads the units of the starter bank alone. An index that has to be built
    finds ``by_words_first``: its vectors are made while the service already answers.
    """
    check_engine(settings)

    from qa_service.services import open_database

    database = open_database(settings)
    with models_made_beside(settings):
        load_starter_bank(settings, database, empty=empty)
    services = open_services(settings, database, by_words_first=by_words_first)
    services.index_sync.note_engine()
    say("正在准备检索，安装后首次启动约需半分钟")
    services.index_sync.engine.warm_up()
    note_settings(settings, database)
    password = make_first_admin(database)
    say(f"问答库已就绪：{len(services.index_sync.engine.index)} 条问答可检索")
    if password:
        say(f"首个管理员：admin　初始密码：{password}　（登录后须修改，只显示这一次）")
    return services


def server_config(settings: "Settings", app: object, *, workers: int = 1) -> "Config":
    """Return uvicorn's configuration for ``app``, an application or an import path of a factory."""
    from uvicorn import Config

    from qa_service.server.timeouts import KEEP_ALIVE_SECONDS, MAX_CONNECTIONS, http_protocol

    return Config(
        app,  # type: ignore[arg-type]
        factory=workers > 1,
        workers=workers,
        host=settings.host,
        port=settings.port,
        log_config=None,
        log_level=_server_log_level(settings),
        access_log=False,  # its lines contain addresses and these contain citizens' questions
        server_header=False,
        proxy_headers=False,  # server/forwarded.py checks what it takes from proxies
        http=http_protocol(),
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=READY_SECONDS,
    )


def _server_log_level(settings: "Settings") -> str:
    """Return uvicorn's log level; its start and stop messages would duplicate ours."""
    level = settings.log_level.lower()
    return "warning" if level == "info" else level


def reserve_port(settings: "Settings") -> "socket":
    """Bind a socket to the address of the settings; called before anything slow is loaded.

    Clients are refused until ``listen`` is called. ``::`` accepts IPv4 too. Raises
    ConfigurationError with the remedy when the address cannot be used.
    """
    import socket

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only_six = int(settings.host != "::")
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_six)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise _port_error(settings, error) from error
    listener.set_inheritable(True)
    return listener


def listen(listener: "socket", settings: "Settings", *, page: str = "") -> None:
    """Begin to accept connections and print the address of ``page``; raises ConfigurationError."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _port_error(settings, error) from error
    say(f"请在浏览器打开 {_address(settings)}{page} ，按 Ctrl+C 停止")


def _port_error(settings: "Settings", error: OSError) -> ConfigurationError:
    """Return the error that explains why the address cannot be used."""
    causes = {
        errno.EADDRINUSE: "端口已被占用，可能本服务已在运行，请先停止它或换一个 QA_PORT",
        errno.EACCES: "没有权限使用该端口，请把 QA_PORT 设为 1024 以上",
        errno.EADDRNOTAVAIL: "本机没有这个地址，请检查 QA_HOST",
    }
    cause = causes.get(error.errno or 0, "请换一个 QA_PORT 或检查 QA_HOST")
    return ConfigurationError(f"无法监听 {settings.host} 端口 {settings.port}：{cause}")


def _address(settings: "Settings") -> str:
    """Return the URL to open in a browser on this machine."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
