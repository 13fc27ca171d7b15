"""Checks the settings of a service that other machines can reach."""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa_service.errors import ConfigurationError, FieldProblem

if TYPE_CHECKING:
    from qa_service.settings import Settings

TRIAL = "仅在封闭网络试用可设 QA_ALLOW_PLAIN_HTTP=true"
GUESSABLE = frozenset(
    {"", "postgres", "password", "qa_service", "qa-service", "secret", "changeme"}
)
"""Passwords and secrets that appear in examples and must not be used."""


def check_exposure(settings: "Settings") -> None:
    """Raise ConfigurationError with the settings to change unless the host is safe to listen on.

    Also for an address of a trusted proxy that is none, on any host.
    """
    from qa_service.server.trusted import trusted_networks

    trusted_networks(settings.trusted_proxies)
    problems = tuple(_problems(settings))
    if problems and not _is_loopback(settings.host):
        message = f"监听 {settings.host} 会让其他机器访问本服务，请先按提示设置，或只监听 127.0.0.1"
        raise ConfigurationError(message, problems=problems)


def _problems(settings: "Settings") -> Iterator[FieldProblem]:
    """Yield every setting that is unsafe for a service others can reach."""
    if not settings.allow_plain_http:
        if not settings.secure_cookies:
            yield FieldProblem("QA_SECURE_COOKIES", f"请在前面放置 HTTPS 代理后设为 true；{TRIAL}")
        if not settings.trusted_proxies:
            yield FieldProblem("QA_TRUSTED_PROXIES", "请填写该代理的地址，如 127.0.0.1")
    if settings.webhook_url and settings.webhook_secret.lower() in GUESSABLE:
        yield FieldProblem("QA_WEBHOOK_SECRET", "请设置一个随机的签名密钥，如 openssl rand -hex 32")
    if _database_password(settings.database_url) in GUESSABLE:
        yield FieldProblem("QA_DATABASE_URL", "数据库口令是常见的示例口令，请换成随机口令")


def _database_password(url: str) -> str | None:
    """Return the password in the database's URL in lower case, None without one."""
    from sqlalchemy.engine import make_url

    password = make_url(url).password if url else None
    return None if password is None else str(password).lower()


def _is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
