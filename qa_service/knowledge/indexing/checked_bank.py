"""The bank by which this machine's calibration was checked last."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """A bank by its id, the revision it had, and the number of its published pairs."""

    bank_id: str
    revision: int
    pairs: int

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the bank that ``dump`` gave; raises KeyError, TypeError or ValueError."""
        return cls(str(stored["bank_id"]), int(stored["revision"]), int(stored["pairs"]))

    def dump(self) -> dict[str, str | int]:
        """Return the bank as it is stored."""
        return asdict(self)


def read_checked_bank(path: Path) -> CheckedBank | None:
    """Return the bank noted at ``path``; None if there is none, or none that can be read."""
    try:
        return CheckedBank.load(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_checked_bank(bank: CheckedBank, path: Path) -> None:
    """Write the bank in one step."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(bank.dump()) + "\n", encoding="utf-8")
    draft.replace(path)
