"""The pairs offered for a question, as they are shown and as a consultation logs them.

``Candidate.load`` is the only place that knows the formats earlier releases logged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa_service.knowledge.pairs.content import Clarifying
from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.vocabulary import PolicyArea, Validity


@dataclass(frozen=True, slots=True)
class Why:
    """Why a candidate ranks where it does, as shown to the operator.

    ``cosine`` is None when no encoder was available; ``differences`` are guard words that one of
    the two questions lacks.
    """

    matched_kind: str
    matched_words: tuple[str, ...]
    cosine: float | None
    lexical: float
    differences: tuple[str, ...]

    @classmethod
    def load(cls, logged: Mapping[str, Any]) -> "Why":
        """Read what a consultation logged."""
        return cls(
            matched_kind=logged["matched_kind"],
            matched_words=tuple(logged["matched_words"]),
            cosine=logged["cosine"],
            lexical=logged["lexical"],
            differences=tuple(logged["differences"]),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may answer the question, in the version that was shown."""

    qa_id: int
    key: str
    version: int
    question: str
    matched_text: str
    answer: str
    phone_script: str
    area: PolicyArea
    unit_name: str
    confidence: float
    basis: tuple[CitedPolicy, ...]
    why: Why
    audience: str = ""
    region: str = ""
    clarifying: tuple[Clarifying, ...] = ()

    def dump(self) -> dict[str, Any]:
        """Return the candidate as it is logged with its consultation."""
        return asdict(self)

    @classmethod
    def load(cls, logged: Mapping[str, Any]) -> "Candidate":
        """Read a candidate that a consultation logged, in the format of any release.

        Earlier releases called ``area`` ``field`` and logged neither ``audience``, ``region`` nor
        ``clarifying``.
        """
        return cls(
            qa_id=logged["qa_id"],
            key=logged["key"],
            version=logged["version"],
            question=logged["question"],
            matched_text=logged["matched_text"],
            answer=logged["answer"],
            phone_script=logged["phone_script"],
            area=PolicyArea.from_storage(logged.get("area") or logged["field"]),
            unit_name=logged["unit_name"],
            confidence=logged["confidence"],
            basis=tuple(_cited(one) for one in logged["basis"]),
            why=Why.load(logged["why"]),
            audience=logged.get("audience", ""),
            region=logged.get("region", ""),
            clarifying=tuple(
                Clarifying(one["question"], one["if_yes"], one["if_no"])
                for one in logged.get("clarifying", ())
            ),
        )


def load_candidates(logged: Sequence[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """Read all candidates that a consultation logged, best first."""
    return tuple(Candidate.load(one) for one in logged)


def _cited(logged: Mapping[str, Any]) -> CitedPolicy:
    return CitedPolicy(
        key=logged["key"],
        title=logged["title"],
        document_number=logged["document_number"],
        article=logged["article"],
        validity=Validity.from_storage(logged["validity"]),
    )
