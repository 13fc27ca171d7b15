"""Allowed targets of outgoing requests, against server-side request forgery.

OWASP ASVS 5, 1.3.6. A name is resolved once and the connection uses the address that was
checked, so that a later change of the name has no effect (DNS rebinding).
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefusedError(Exception):
    """The target is not allowed, or its name cannot be resolved."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A checked target: its URL by address, its ``Host`` header, and its name for TLS."""

    url: str
    host: str
    name: str


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
        return Pinned(pinned, host, name)

    def _is_allowed(self, name: str, address: Address) -> bool:
        """Return whether requests may go to ``address``, to which ``name`` resolved."""
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False  # metadata services of clouds, which give out credentials
        return address.is_global or name in self.listed or self._is_in_network(address)

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


def _resolved(name: str, port: int) -> list[Address]:
    """Return the addresses of ``name``; raises TargetRefusedError if there are none."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TargetRefusedError(f"name not found: {name}") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
