"""A candidate answer as returned by the search and logged with a consultation.

Only ``Candidate.load`` handles the formats logged by earlier releases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from pydantic import JsonValue

from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.knowledge.pairs.record.content import DISPLAYED_FIELDS, DisplayedContent
from qa_service.knowledge.pairs.record.fields import from_json, to_json
from qa_service.vocabulary import AreaKey, Validity


@dataclass(frozen=True, slots=True)
class Why:
    """The signals by which a candidate was found, shown to the operator.

    ``warnings`` are those of the ``differences`` that are marked (⚠), because they tell an
    operator that the answer is probably another question's.
    """

    matched_kind: str
    matched_words: tuple[str, ...]
    cosine: float | None
    lexical: float
    differences: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def dump(self) -> dict[str, JsonValue]:
        """Return the signals as they are logged."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def noting(self, note: str) -> Self:
        """Return the signals with a warning before all others."""
        return replace(self, differences=(note, *self.differences), warnings=(note, *self.warnings))

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the signals that ``Candidate.dump`` stored; raises KeyError for a missing one."""
        return cls(
            matched_kind=stored["matched_kind"],
            matched_words=tuple(stored["matched_words"]),
            cosine=stored["cosine"],
            lexical=stored["lexical"],
            differences=tuple(stored["differences"]),
            # Earlier releases marked every difference.
            warnings=tuple(stored.get("warnings", stored["differences"])),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may answer the question, with its displayed content.

    ``unsigned`` tells that it was imported and the district had not signed it (未经本单位审校).
    """

    qa_id: int
    key: str
    version: int
    area: AreaKey
    unit_name: str
    content: DisplayedContent
    basis: tuple[CitedPolicy, ...]
    matched_text: str
    confidence: float
    why: Why
    unsigned: bool = False

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return a logged candidate; raises KeyError when a required field is missing.

        Older releases called the area ``field``, and did not log every displayed field.
        """
        values = {
            field.name: from_json(field.kind, stored[field.name])
            for field in DISPLAYED_FIELDS
            if field.name in stored
        }
        return cls(
            qa_id=stored["qa_id"],
            key=stored["key"],
            version=stored["version"],
            area=stored.get("area") or stored["field"],
            unit_name=stored["unit_name"],
            content=DisplayedContent.of(values),
            basis=tuple(_cited(one) for one in stored["basis"]),
            matched_text=stored["matched_text"],
            confidence=stored["confidence"],
            why=Why.load(stored["why"]),
            unsigned=stored.get("unsigned", False),
        )

    def dump(self) -> dict[str, JsonValue]:
        """Return the candidate in the form that is logged with its consultation."""
        content = {
            field.name: to_json(self.content.value(field.name)) for field in DISPLAYED_FIELDS
        }
        return {
            "qa_id": self.qa_id,
            "key": self.key,
            "version": self.version,
            "area": self.area,
            "unit_name": self.unit_name,
            "basis": [_dumped(one) for one in self.basis],
            "matched_text": self.matched_text,
            "confidence": self.confidence,
            "why": self.why.dump(),
            "unsigned": self.unsigned,
            **content,
        }


def _dumped(cited: CitedPolicy) -> dict[str, JsonValue]:
    """Return a citation as it is logged."""
    stored = {name: getattr(cited, name) for name in cited.__dataclass_fields__}
    ends = cited.invalid_since
    return {**stored, "invalid_since": ends.isoformat() if ends else None}


def _cited(stored: Mapping[str, Any]) -> CitedPolicy:
    """Return a logged citation; earlier releases did not log its end, nor whether it was read."""
    ends = stored.get("invalid_since")
    return CitedPolicy(
        key=stored["key"],
        title=stored["title"],
        document_number=stored["document_number"],
        article=stored["article"],
        validity=Validity.from_storage(stored["validity"]),
        invalid_since=date.fromisoformat(ends) if ends else None,
        verified=stored.get("verified", True),
    )
