"""Groups of wordings: what a re-ranker learns from beside the judged questions of a bank.

A folder holds ``*.jsonl`` files of {"id", "groups"}, a line for one matter: each group holds
wordings of one question, and questions of the same line look alike and need different answers.
The first wording of a group is its standard question. ``general.jsonl`` holds what people ask
beside policy.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_service.errors import InvalidInputError
from qa_service.retrieval.training.example_folders import (
    Line,
    UnusableLineError,
    read_folder,
    texts_of,
)

GENERAL_FILE = "general.jsonl"

FIRST_ID = 1_000_000
"""Ids of groups begin above those of a bank's pairs, beside which they are learned from."""

LEAST_WORDINGS = 2
"""A group is asked one of its wordings and read by another."""


class UnusableWordingGroupsError(InvalidInputError):
    """The folder does not hold groups of wordings."""

    code = "unusable_wording_groups"
    title = "问法分组无法使用"


Group = list[str]
"""Wordings of one question, the standard one first."""

Matter = list[Group]
"""Questions about one matter, which look alike and need different answers."""


@dataclass(frozen=True, slots=True)
class WordingGroups:
    """Groups by matter: those about policy and services, and those of the general questions."""

    policy: list[Matter]
    general: list[Matter]

    def every(self) -> list[Group]:
        """Return all groups, those about policy first."""
        return [group for matter in [*self.policy, *self.general] for group in matter]

    def matters(self) -> list[int]:
        """Return the number of each group's matter, in the order of ``every``."""
        both = enumerate([*self.policy, *self.general])
        return [number for number, matter in both for _ in matter]

    def spread(self, seed: int) -> tuple[list[str], list[str]]:
        """Return a wording of each group about policy, and two of each general one."""
        chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
        general = [
            text
            for matter in self.general
            for group in matter
            for text in chance.sample(group, LEAST_WORDINGS)
        ]
        return [chance.choice(group) for matter in self.policy for group in matter], general


def read_groups(folder: Path) -> WordingGroups:
    """Return the groups of a folder.

    Raises UnusableWordingGroupsError for a folder without a group, or naming the lines that
    cannot be read.
    """
    found = read_folder(
        folder,
        _of_line,
        form="{id, groups}",
        unusable=UnusableWordingGroupsError,
        what="问法分组",
    )
    return WordingGroups(
        [matter for matter, is_general in found if not is_general],
        [matter for matter, is_general in found if is_general],
    )


def _of_line(file: str, line: Line) -> Iterator[tuple[Matter, bool]]:
    """Yield the matter of a line, and whether it is of the general questions.

    Raises UnusableLineError, and KeyError or TypeError for another form.
    """
    wordings = [list(texts_of(group)) for group in line["groups"]]
    if any(len(group) < LEAST_WORDINGS or not all(group) for group in wordings):
        raise UnusableLineError(f"有不足 {LEAST_WORDINGS} 种问法的分组")
    yield wordings, file == GENERAL_FILE
