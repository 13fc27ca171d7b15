"""The record of the last tuning: when, on what, with which figures, and whether it was taken."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import JsonValue

from qa_service.consultation.learning.lessons import LessonOrigin
from qa_service.errors import ConflictError
from qa_service.retrieval.evaluation.model_selection import (
    CalibrationFigures,
    Comparison,
    Gain,
    SideBySide,
)


class TuningUnderWayError(ConflictError):
    """Another run of ``qa-service tune`` has not ended."""

    code = "tuning_under_way"
    title = "正在学习"


RECORD = "learning.json"
"""Name of the record in the data folder."""


@dataclass(frozen=True, slots=True)
class LearningRecord:
    """A tuning: its lessons by origin, both sets of figures, and whether it was taken over.

    ``adapter`` is the checksum of the re-ranker's adapter that was taken; empty without one.
    """

    made_at: datetime
    origins: Mapping[LessonOrigin, int]
    has_reranker: bool
    is_taken: bool
    comparison: Comparison
    adapter: str = ""

    @property
    def lessons(self) -> int:
        """The number of lessons."""
        return sum(self.origins.values())

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the record that ``dump`` gave; raises KeyError, TypeError or ValueError."""
        return cls(
            datetime.fromisoformat(stored["made_at"]),
            {LessonOrigin(origin): int(count) for origin, count in stored["origins"].items()},
            has_reranker=bool(stored["has_reranker"]),
            is_taken=bool(stored["is_taken"]),
            comparison=_comparison(stored["comparison"]),
            adapter=str(stored["adapter"]),
        )

    def dump(self) -> dict[str, JsonValue]:
        """Return the record as it is stored."""
        return {
            "made_at": self.made_at.isoformat(),
            "origins": {origin.value: count for origin, count in self.origins.items()},
            "has_reranker": self.has_reranker,
            "is_taken": self.is_taken,
            "comparison": asdict(self.comparison),
            "adapter": self.adapter,
        }


def record_file(data_dir: Path) -> Path:
    """Return the path of the record below the data folder."""
    return data_dir / RECORD


def read_record(path: Path) -> LearningRecord | None:
    """Return the record at ``path``; None if there is none, or none that can be read."""
    try:
        return LearningRecord.load(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_record(record: LearningRecord, path: Path) -> None:
    """Write the record in one step."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(record.dump(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(path)


def _comparison(stored: Mapping[str, Any]) -> Comparison:
    return Comparison(
        current=CalibrationFigures(**stored["current"]),
        fitted=CalibrationFigures(**stored["fitted"]),
        questions=int(stored["questions"]),
        right_first=Gain(**stored["right_first"]),
        answering=Gain(**stored["answering"]),
        gain=Gain(**stored["gain"]),
        shipped=_side_by_side(stored["shipped"]) if stored["shipped"] else None,
    )


def _side_by_side(stored: Mapping[str, Any]) -> SideBySide:
    return SideBySide(
        CalibrationFigures(**stored["current"]), CalibrationFigures(**stored["fitted"])
    )
