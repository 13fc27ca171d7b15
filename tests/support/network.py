"""Several hosts as network namespaces, joined by a switch whose links can be cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from places import Place

SYS_ADMIN = 21
"""Number of the capability without which no namespace can be made."""


def may_make_namespaces() -> bool:
    """Whether this process has CAP_SYS_ADMIN, by Linux's own account."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> SYS_ADMIN & 1)


@dataclass(frozen=True)
class Network:
    """Hosts by name, each alone in a namespace with one link to the switch; we have one too."""

    mark: str
    subnet: str

    @property
    def switch(self) -> str:
        """The namespace of the switch."""
        return f"{self.mark}switch"

    def add(self, number: int, name: str) -> Place:
        """A new host with the address of this number."""
        space, host = f"{self.mark}{name}", f"{self.subnet}.{number}"
        ip("netns", "add", space)
        self._plug(name, f"{self.mark}{number}", host, space)
        ip("-n", space, "link", "set", "dev", "lo", "up")
        return Place(host, ("ip", "netns", "exec", space))

    def cut(self, name: str) -> None:
        """Take the link of a host down: what is sent to it is lost, and nobody is told."""
        ip("-n", self.switch, "link", "set", "dev", name, "down")

    def mend(self, name: str) -> None:
        """Let the link of a host work again."""
        ip("-n", self.switch, "link", "set", "dev", name, "up")

    def open(self) -> None:
        """Make the switch and our own link to it."""
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "dev", "bridge", "up")
        self._plug("us", f"{self.mark}us", f"{self.subnet}.1", None)

    def close(self) -> None:
        """Remove all hosts and the switch, and with these every link."""
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            if line.startswith(self.mark):
                ip("netns", "delete", line.split()[0])

    def _plug(self, name: str, end: str, host: str, space: str | None) -> None:
        """Lay a link from the switch's socket ``name`` to a namespace, None for ours."""
        there = ("-n", space) if space else ()
        moved = ("netns", space) if space else ()
        ip("link", "add", end, *moved, "type", "veth", "peer", "name", name, "netns", self.switch)
        ip("-n", self.switch, "link", "set", "dev", name, "master", "bridge", "up")
        ip(*there, "address", "add", f"{host}/24", "dev", end)
        ip(*there, "link", "set", "dev", end, "up")


@contextmanager
def open_network() -> Iterator[Network]:
    """A fresh network, gone when the block ends, whatever still runs in it."""
    if shutil.which("ip") is None:
        pytest.fail("no ip: install the package iproute2")
    network = Network(f"q{uuid4().hex[:5]}", f"10.213.{os.getpid() % 250}")
    try:
        network.open()
        yield network
    finally:
        network.close()


def ip(*arguments: str) -> None:
    """Run ``ip``; a machine that does not let us fails the test, with what it says."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()
        pytest.fail(f"this machine lets us make no network: ip {' '.join(arguments)}: {said}")
