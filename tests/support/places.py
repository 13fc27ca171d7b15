"""Where a process of a test runs: an address, and what enters the network that has it."""

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Place:
    """A host as processes see it: this machine's loopback unless told otherwise."""

    host: str = LOOPBACK
    entering: tuple[str, ...] = ()
    """Command under which a program runs there."""


HERE = Place()
