"""Parts of an answer's content that are stored as JSON: its basis and clarifying questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Basis:
    """A citation (政策依据): the key of a policy document and its article (条款).

    It is not ``verified`` (待核) while nobody has read in the document what the answer says.
    """

    policy: str
    article: str | None = None
    verified: bool = True

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the citation that ``dump`` gave; raises KeyError where there is no policy."""
        return cls(stored["policy"], stored.get("article"), stored.get("verified", True))

    def dump(self) -> dict[str, JsonValue]:
        """Return the citation as it is stored and exported; ``verified`` only where it is not."""
        cited: dict[str, JsonValue] = {"policy": self.policy, "article": self.article}
        return cited if self.verified else cited | {"verified": False}


@dataclass(frozen=True, slots=True)
class Clarifying:
    """A yes-or-no question the operator reads out (追问), and what each answer means."""

    question: str
    if_yes: str
    if_no: str

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the question that ``dump`` gave; raises KeyError where a part is missing."""
        return cls(stored["question"], stored["if_yes"], stored["if_no"])

    def dump(self) -> dict[str, JsonValue]:
        """Return the question as it is stored and exported."""
        return {"question": self.question, "if_yes": self.if_yes, "if_no": self.if_no}
