"""``qa-service serve``: everything a first start needs, then the web form and the REST API."""

from typing import TYPE_CHECKING

from qa_service.cli.console import say, told_errors
from qa_service.cli.exposure import check_exposure
from qa_service.cli.service import (
    load_starter_bank,
    make_first_admin,
    open_parts,
    read_settings,
)

if TYPE_CHECKING:
    from qa_service.settings import Settings


def serve() -> None:
    """启动服务：首次启动时建库、载入起步库、建立索引。"""
    import uvicorn

    from qa_service.app import create_app
    from qa_service.http_patience import KEEP_ALIVE_SECONDS, MOST_CONNECTIONS, PatientProtocol
    from qa_service.parts import open_database

    with told_errors():
        settings = read_settings()
        check_exposure(settings)
        database = open_database(settings)
        load_starter_bank(settings, database)
        parts = open_parts(settings, database)
        password = make_first_admin(database)
        say(f"问答库已就绪：{len(parts.follower.engine.index)} 条问答可检索")
        if password:
            say(f"首个管理员：admin　一次性密码：{password}　（登录后须修改，只显示这一次）")
        say(f"请在浏览器打开 {_address(settings)} ，按 Ctrl+C 停止")
    # No access log: addresses of searches hold what citizens ask.
    uvicorn.run(
        create_app(parts),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        http=PatientProtocol,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _address(settings: "Settings") -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
