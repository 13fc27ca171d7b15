"""Forms of the ask page as they were typed and refused; ``problems`` are messages by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """A question that could not be searched for."""

    question: str = ""
    problems: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsideForm:
    """The form of an outcome without an answer (转接, 无需处理)."""

    to: str = ""
    reason: str = ""
    problems: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """A complaint (纠错) about the answer ``qa_id``."""

    qa_id: int = 0
    complaint: str = ""
    problems: Mapping[str, list[str]] = field(default_factory=dict)
