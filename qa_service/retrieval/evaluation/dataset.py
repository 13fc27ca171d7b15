"""Evaluation sets: a bank and questions with known answers.

A folder holds ``corpus.jsonl`` {"docid", "question", "answer", "variants"}, of which the last
two may be missing or null, ``queries.jsonl`` {"qid", "text", "kind"}, the kind if it is known,
and ``qrels.tsv`` (qid, docid); a query with no row there has no answer in the corpus. A folder
with ``qa_pairs.jsonl`` instead is a bank: its last variants are held out and used as queries. A
folder of judged questions beside such a bank is asked of the whole bank.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa_service.errors import InvalidInputError
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.judged_questions import (
    Split,
    is_question_folder,
    read_questions,
)

BANK_FILE = "qa_pairs.jsonl"

ABSENT_SHARE = 4
"""Every n-th pair is removed from a held-out bank, so that its question has no answer."""


class UnusableEvaluationSetError(InvalidInputError):
    """The folder does not hold an evaluation set."""

    code = "unusable_evaluation_set"
    title = "评测集无法使用"


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A question and the ids of the pairs that answer it; none when nothing does.

    ``near`` holds the ids of pairs that only look as if they answered, where they are known.
    """

    qid: str
    text: str
    relevant: frozenset[int]
    kind: str = ""
    split: str = ""
    near: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """A bank and the questions asked of it."""

    name: str
    pairs: tuple[IndexedPair, ...]
    queries: tuple[JudgedQuery, ...]

    def aspects(self, pair_ids: Sequence[int]) -> dict[int, str]:
        """Return the aspect of each pair that states one; see ``RetrievalEngine.answer``."""
        wanted = frozenset(pair_ids)
        return {
            pair.pair_id: pair.aspect
            for pair in self.pairs
            if pair.aspect and pair.pair_id in wanted
        }

    def part(self, number: int) -> "EvaluationSet":
        """Return half of the queries, 0 or 1, split by the stored pair that answers them."""
        kept = tuple(query for query in self.queries if self._half(query) == number)
        return replace(self, name=f"{self.name}[{number}]", queries=kept)

    def of_split(self, split: Split) -> "EvaluationSet":
        """Return the set with the queries of one split alone.

        Raises UnusableEvaluationSetError for a set whose queries state none.
        """
        kept = tuple(query for query in self.queries if query.split == split)
        if self.queries and not any(query.split for query in self.queries):
            raise UnusableEvaluationSetError(f"评测集 {self.name} 的问题没有注明划分")
        return replace(self, name=f"{self.name}[{split}]", queries=kept)

    def fingerprint(self) -> str:
        """Return the SHA-256 over every text and judgement."""
        held = [
            [[pair.question, pair.variants, pair.answer] for pair in self.pairs],
            [[query.text, sorted(query.relevant)] for query in self.queries],
        ]
        return hashlib.sha256(json.dumps(held, ensure_ascii=True).encode()).hexdigest()

    def _half(self, query: JudgedQuery) -> int:
        """Return the half a query belongs to."""
        key = str(min(query.relevant)) if query.relevant else query.qid
        return hashlib.sha256(f"{self.name}:{key}".encode()).digest()[0] % 2


def load_evaluation_set(folder: Path) -> EvaluationSet:
    """Return the set in ``folder``; raises UnusableEvaluationSetError."""
    try:
        if (folder / "corpus.jsonl").exists():
            return _judged(folder)
        if (folder / BANK_FILE).exists():
            return _held_out(folder)
        if is_question_folder(folder) and (folder.parent / BANK_FILE).exists():
            return _asked_of_bank(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"评测集 {folder} 的内容无法读取：{error}"
        raise UnusableEvaluationSetError(message) from error
    message = f"{folder} 中没有 corpus.jsonl、{BANK_FILE} 或评测问题，请检查路径"
    raise UnusableEvaluationSetError(message)


def pair_ids_by_key(folder: Path) -> dict[str, int]:
    """Return the id that a set of the bank in ``folder`` gives each of its pairs, by key."""
    rows = _read_lines(folder / BANK_FILE)
    return {row["key"]: number for number, row in enumerate(rows, start=1)}


def wordings_by_key(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the wordings of each pair of the bank in ``folder``, the standard question first."""
    rows = _read_lines(folder / BANK_FILE)
    return {row["key"]: (row["question"], *row["variants"]) for row in rows}


def _judged(folder: Path) -> EvaluationSet:
    """Return the set of a folder with corpus, queries and judgements."""
    rows = list(_read_lines(folder / "corpus.jsonl"))
    numbers = {row["docid"]: number for number, row in enumerate(rows, start=1)}
    pairs = tuple(
        IndexedPair(
            numbers[row["docid"]],
            row.get("question") or "",
            tuple(row.get("variants") or ()),
            row.get("answer") or "",
        )
        for row in rows
    )
    relevant = _relevant(folder / "qrels.tsv", numbers)
    queries = tuple(
        JudgedQuery(
            row["qid"],
            row["text"],
            frozenset(relevant.get(row["qid"], ())),
            kind=row.get("kind") or "",
        )
        for row in _read_lines(folder / "queries.jsonl")
    )
    return EvaluationSet(folder.resolve().name, pairs, queries)


def _relevant(path: Path, numbers: dict[str, int]) -> dict[str, set[int]]:
    """Return the ids judged relevant, by query id."""
    found: dict[str, set[int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        qid, docid, *_ = line.split("\t")
        if docid in numbers:
            found.setdefault(qid, set()).add(numbers[docid])
    return found


def _held_out(folder: Path) -> EvaluationSet:
    """Return the set of a bank, whose last variants are held out and asked."""
    stored: list[IndexedPair] = []
    queries: list[JudgedQuery] = []
    for number, row in enumerate(_read_lines(folder / BANK_FILE), start=1):
        *kept, asked = _wordings(row)
        is_stored = number % ABSENT_SHARE != 0
        relevant = frozenset({number}) if is_stored else frozenset[int]()
        queries.append(JudgedQuery(row["key"], asked, relevant))
        if is_stored:
            answer, area = row["answer"], row["field"]
            stored.append(IndexedPair(number, row["question"], tuple(kept), answer, area))
    return EvaluationSet(folder.resolve().name, tuple(stored), tuple(queries))


def _asked_of_bank(folder: Path) -> EvaluationSet:
    """Return the set of a folder of judged questions, asked of the bank beside it."""
    rows = list(_read_lines(folder.parent / BANK_FILE))
    numbers = pair_ids_by_key(folder.parent)
    pairs = tuple(
        IndexedPair(
            numbers[row["key"]],
            row["question"],
            tuple(row["variants"]),
            row["answer"],
            row["field"],
            row.get("aspect") or "",
        )
        for row in rows
    )
    queries = tuple(
        JudgedQuery(
            asked.id,
            asked.text,
            frozenset(numbers[key] for key in asked.expected),
            kind=asked.kind,
            split=asked.split,
            near=frozenset(numbers[key] for key in asked.near),
        )
        for asked in read_questions(folder)
    )
    return EvaluationSet(folder.resolve().name, pairs, queries)


def _wordings(row: dict[str, Any]) -> Sequence[str]:
    """Return the variants of a pair; raises ValueError when there is none to hold out."""
    variants: Sequence[str] = row["variants"]
    if not variants:
        raise ValueError(f"{row['key']}: no variant to hold out")
    return variants


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of each line that is not blank."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
