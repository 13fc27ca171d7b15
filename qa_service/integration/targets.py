"""Allowed targets of outgoing requests, against server-side request forgery.

OWASP ASVS 5, 1.3.6. A name is resolved once and the connection uses the address that was
checked, so that a later change of the name has no effect (DNS rebinding).
"""

import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


_NAT64 = tuple(ipaddress.IPv6Network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_STANDS_FOR_IPV4 = (_NAT64[0], ipaddress.IPv6Network("2002::/16"))
_WITH_IPV4_AT_THE_END = (*_NAT64, _COMPATIBLE)


class TargetRefusedError(Exception):
    """The target is not allowed, or its name cannot be resolved."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A checked target: its URL by address, its ``Host`` header, and its name for TLS.

    ``credentials`` are the user and password of the URL, sent as Basic authentication.
    """

    url: str = field(repr=False)
    host: str
    name: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AllowedTargets:
    """Hosts and networks (CIDR) that are allowed although they are not public."""

    listed: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> "AllowedTargets":
        """Parse a comma-separated setting."""
        return cls(tuple(part.strip().lower() for part in text.split(",") if part.strip()))

    def resolve(self, url: str) -> Pinned:
        """Resolve and check ``url``; return the target to connect to.

        Raises TargetRefusedError.
        """
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = _resolved(name, port)
        refused = [address for address in addresses if not self._is_allowed(name, address)]
        if refused or not addresses:
            raise TargetRefusedError(f"target not allowed: {name}")
        shown = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        pinned = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path, parts.query, ""))
        host = parts.netloc.rpartition("@")[2]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return Pinned(pinned, host, name, (user, password) if user or password else None)

    def _is_allowed(self, name: str, address: Address) -> bool:
        """Return whether requests may go to ``address``, to which ``name`` resolved."""
        every = (address, *embedded_addresses(address))
        if any(one.is_link_local or one.is_multicast or one.is_unspecified for one in every):
            return False  # metadata services of clouds, which give out credentials
        if name in self.listed or self._is_in_network(address):
            return True
        return all(_is_public(one) for one in every)

    def _is_in_network(self, address: Address) -> bool:
        """Return whether ``address`` lies in a listed network."""
        for text in self.listed:
            try:
                network = ipaddress.ip_network(text, strict=False)
            except ValueError:
                continue
            if address.version == network.version and address in network:
                return True
        return False


def embedded_addresses(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address stands for.

    Mapped and compatible addresses (RFC 4291), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056),
    Teredo (RFC 4380) and ISATAP (RFC 5214).
    """
    if address.version == 4:
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    is_isatap = (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE
    if is_isatap or any(address in network for network in _WITH_IPV4_AT_THE_END):
        found.append(last)
    return [one for one in found if one is not None]


def shown_target(url: str) -> str:
    """Return scheme and host of ``url`` alone: the rest may hold passwords and tokens."""
    parts = urlsplit(url)
    rest = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{rest}" if url else ""


def _is_public(address: Address) -> bool:
    """Return whether ``address`` is one of the public internet, or stands for such a one."""
    if address.version == 6 and any(address in network for network in _STANDS_FOR_IPV4):
        return True  # judged by the address embedded in it
    is_site_local = address.version == 6 and address.is_site_local
    return address.is_global and not address.is_reserved and not is_site_local


def _resolved(name: str, port: int) -> list[Address]:
    """Return the addresses of ``name``; raises TargetRefusedError if there are none."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TargetRefusedError(f"name not found: {name}") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
