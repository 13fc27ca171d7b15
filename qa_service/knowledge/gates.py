"""The gates (五关) of the review: what is affirmed at each, and the stages that ask them.

The notice on 政务公开 asks for 政治关、法律关、政策关、保密关、文字关 before publication.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import JsonValue

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.vocabulary import Gate, LabelledEnum, ReviewPart, Role, Stage, Statement

STATEMENTS: Mapping[Gate, tuple[Statement, ...]] = {
    Gate.POLITICAL: (Statement.POLITICAL,),
    Gate.LEGAL: (Statement.LEGAL,),
    Gate.POLICY: (Statement.POLICY,),
    Gate.CONFIDENTIALITY: (
        Statement.STATE_SECRETS,
        Statement.WORK_SECRETS,
        Statement.SENSITIVE,
        Statement.PERSONAL,
    ),
    Gate.WORDING: (Statement.WORDING,),
}

REPLY_GATES = (Gate.POLICY, Gate.CONFIDENTIALITY, Gate.WORDING)
"""Gates of a reply to an asker, which is told before it becomes a pair."""
MEDIA_GATES = (Gate.POLICY, Gate.CONFIDENTIALITY, Gate.WORDING)
"""Gates of a picture or video."""


class GatesUnansweredError(InvalidInputError):
    """A statement of a gate was not affirmed; ``problems`` names each of them."""

    code = "gates_unanswered"
    title = "请逐项确认"


class Proofreading(LabelledEnum):
    """The proofreading (校) of a stage, and the people who sign it."""

    NONE = "none", "不另校"
    SHARED = "shared", "审、校可由一人签"
    SEPARATE = "separate", "审、校由两人分别签"


@dataclass(frozen=True, slots=True)
class StageRule:
    """One row of the stage table: the role that signs, the gates it asks, and its 校."""

    stage: Stage
    role: Role
    gates: tuple[Gate, ...]
    proofreading: Proofreading

    @property
    def parts(self) -> tuple[ReviewPart, ...]:
        """Return the parts that must be signed."""
        if self.proofreading is Proofreading.NONE:
            return (ReviewPart.EXAMINATION,)
        return (ReviewPart.EXAMINATION, ReviewPart.PROOFREADING)

    def gates_of(self, part: ReviewPart) -> tuple[Gate, ...]:
        """Return the gates that the signature of ``part`` answers: 文字关 is that of 校."""
        if self.proofreading is Proofreading.NONE or part is ReviewPart.BOTH:
            return self.gates
        is_wording = part is ReviewPart.PROOFREADING
        return tuple(gate for gate in self.gates if (gate is Gate.WORDING) is is_wording)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the row that ``dump`` gave."""
        return cls(
            Stage.from_storage(stored["stage"]),
            Role.from_storage(stored["role"]),
            tuple(Gate.from_storage(gate) for gate in stored["gates"]),
            Proofreading.from_storage(stored["proofreading"]),
        )

    def dump(self) -> dict[str, JsonValue]:
        """Return the row as a JSON object."""
        return {
            "stage": self.stage.value,
            "role": self.role.value,
            "gates": [gate.value for gate in self.gates],
            "proofreading": self.proofreading.value,
        }


def statements_of(gates: Iterable[Gate]) -> tuple[Statement, ...]:
    """Return every statement of ``gates``, in their order."""
    return tuple(statement for gate in gates for statement in STATEMENTS[gate])


def answered_gates(affirmed: Collection[Statement]) -> frozenset[Gate]:
    """Return the gates of which every statement was affirmed."""
    return frozenset(gate for gate, owed in STATEMENTS.items() if set(owed) <= set(affirmed))


def check_affirmed(gates: Iterable[Gate], affirmed: Collection[Statement]) -> list[Statement]:
    """Return the statements of ``gates``; raises GatesUnansweredError unless all are affirmed."""
    owed = list(statements_of(gates))
    problems = tuple(
        FieldProblem("statements", f"请确认“{one.label}”") for one in owed if one not in affirmed
    )
    if problems:
        message = "、".join(one.label.split("：")[0] for one in owed if one not in affirmed)
        raise GatesUnansweredError(f"没有确认：{message}", problems=problems)
    return owed
