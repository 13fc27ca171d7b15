"""The proxies that are trusted, by the setting; imports nothing of the application."""

import ipaddress

from qa_service.errors import ConfigurationError, FieldProblem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_EVERYBODY = ("0.0.0.0/0", "::/0")


def trusted_networks(setting: str) -> tuple[Network, ...]:
    """Return the networks of QA_TRUSTED_PROXIES, by commas; raises ConfigurationError."""
    parts = [part.strip() for part in setting.split(",") if part.strip()]
    texts = [text for part in parts for text in (_EVERYBODY if part == "*" else (part,))]
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        problem = FieldProblem("QA_TRUSTED_PROXIES", "请填写代理的 IP 地址或网段，以逗号分隔")
        raise ConfigurationError("设置有误，请按提示修改", problems=(problem,)) from error
