"""What an index is made by."""

from dataclasses import dataclass

SNAPSHOT_FORMAT = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a snapshot was made by; another recipe makes other vectors or terms."""

    cutter: str
    encoder: str
    dimension: int
    format: int = SNAPSHOT_FORMAT
