"""Pairs of a corpus that look like contradictions and are none (``kept_apart.jsonl``).

The authors of the corpus compared them, so that the district can tell either at once. When one
of the two is changed, they are compared like all others.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.clock import beijing_day
from qa_service.errors import InvalidInputError
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.overlap.contradictions import keep_both
from qa_service.knowledge.pairs.overlap.disagreements import disagreements
from qa_service.knowledge.pairs.overlap.overlaps import Overlap
from qa_service.knowledge.pairs.queries import find_by_keys, view_pairs
from qa_service.knowledge.upkeep_models import ContradictionKind

KEPT_APART_FILE = "kept_apart.jsonl"


class InvalidKeptApartError(InvalidInputError):
    """A line does not name two pairs and the reason why both may stay."""

    code = "invalid_kept_apart"
    title = "两条都保留的清单有误"


@dataclass(frozen=True, slots=True)
class KeptApart:
    """The keys of two pairs, and why both may stay."""

    first: str
    second: str
    outcome: str


def read_kept_apart(path: Path) -> Iterator[KeptApart]:
    """Yield the lines of the file, nothing for an absent one; raises InvalidKeptApartError."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            first, second = row["pairs"]
            yield KeptApart(first, second, row["outcome"])
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path.name} 第{number}行应是 {{pairs: [编号, 编号], outcome: 理由}}"
            raise InvalidKeptApartError(message) from error


def load_kept_apart(session: Session, path: Path, *, by: Actor, now: datetime) -> int:
    """Store why the pairs of each line may both stay; return how many lines that were.

    A line about pairs that are not in the bank is passed over. Raises InvalidKeptApartError.
    """
    stored = 0
    for one in read_kept_apart(path):
        pairs = find_by_keys(session, [one.first, one.second])
        if len(pairs) == len({one.first, one.second}) == 2:
            ids = sorted(stored_id(pair) for pair in pairs.values())
            _keep(session, ids, one.outcome, by=by, now=now)
            stored += 1
    return stored


def _keep(session: Session, ids: list[int], outcome: str, *, by: Actor, now: datetime) -> None:
    first, second = view_pairs(session, ids, day=beijing_day(now))
    overlap = Overlap(
        second.pair_id,
        second.key,
        second.version,
        second.content.question,
        ContradictionKind.ANSWERS,
        # Whatever a comparison may find of these versions is settled.
        disagreements(first.content, second.content),
        is_same_scope=True,
    )
    keep_both(session, first.pair_id, first.version, overlap, outcome, by=by, now=now)
