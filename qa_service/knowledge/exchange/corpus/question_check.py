"""Checks the judged questions of a corpus against its pairs (评测问题)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from qa_service.knowledge.exchange.corpus.check import CorpusProblem, read_corpus
from qa_service.knowledge.pairs.record.content import QUESTION_CHARACTERS, PairContent, wording_key
from qa_service.retrieval.evaluation.judged_questions import (
    JudgedQuestion,
    QuestionKind,
    QuestionLine,
    Split,
    read_lines,
)
from qa_service.text.normalise import normalise

QUESTIONS_FOLDER = "questions"

QUESTIONS = 4_000
WORDINGS_A_PAIR = 4
LETTER_CHARACTERS = 500
"""Most characters of a judged letter; of other questions, as many as a stored one may have."""

LEAST_SHARE = 0.1
"""Least share of a split, of the questions that name a pair."""

LIKENESS = 0.9
"""Share of common characters from which a question is a stored wording with slips."""

_ANSWERED = {QuestionKind.WORDING, QuestionKind.KEYWORD, QuestionKind.SLIP}
_UNANSWERED = {QuestionKind.MISSING, QuestionKind.CHAT}
_ABOUT_A_PAIR = {QuestionKind.CONTRAST, QuestionKind.LETTER}

Bank = Mapping[str, PairContent]
"""The contents of the pairs by key."""


class _Asked(NamedTuple):
    """A readable line and its question."""

    line: QuestionLine
    question: JudgedQuestion


def check_questions(corpus_dir: Path) -> list[CorpusProblem]:
    """Return every problem of the judged questions; none for a corpus without any.

    Ids and texts stand once, pairs exist, kinds have what they need, the questions of a pair are
    in one split, no question is a stored wording, and each pair has wordings enough.
    """
    folder = corpus_dir / QUESTIONS_FOLDER
    if not folder.is_dir():
        return []
    lines = list(read_lines(folder))
    pairs = {pair.key: pair.content for pair in read_corpus(corpus_dir).pairs.values() if pair.key}
    asked = [_Asked(line, line.question) for line in lines if line.question is not None]
    return [
        *(_at(line, "", f"无法读取：{line.fault}") for line in lines if line.question is None),
        *_repeats(asked),
        *_faults(asked, pairs),
        *_leaks(asked, pairs),
        *_mixed_splits(asked),
        *_balance([one.question for one in asked], pairs),
    ]


def _at(line: QuestionLine, field: str, message: str) -> CorpusProblem:
    return CorpusProblem(f"{QUESTIONS_FOLDER}/{line.file}", line.number, field, message)


def _repeats(given: Iterable[_Asked]) -> Iterator[CorpusProblem]:
    """Yield ids and texts that stand on an earlier line too."""
    ids: set[str] = set()
    texts: set[str] = set()
    for line, asked in given:
        key = wording_key(asked.text)
        if asked.id in ids:
            yield _at(line, "id", f"编号“{asked.id}”重复")
        if key in texts:
            yield _at(line, "text", f"“{asked.text}”重复")
        ids.add(asked.id)
        texts.add(key)


def _faults(given: Iterable[_Asked], pairs: Bank) -> Iterator[CorpusProblem]:
    """Yield questions about unknown pairs, of odd length, or without what their kind needs."""
    for line, asked in given:
        for key in asked.pairs:
            if key not in pairs:
                yield _at(line, "expected", f"没有编号为“{key}”的问答")
        most = LETTER_CHARACTERS if asked.kind is QuestionKind.LETTER else QUESTION_CHARACTERS
        if not 1 <= len(asked.text.strip()) <= most:
            yield _at(line, "text", f"应为 1 至 {most} 个字")
        fault = _kind_fault(asked)
        if fault:
            yield _at(line, "kind", fault)


def _kind_fault(asked: JudgedQuestion) -> str:
    """Return what a question lacks for its kind, or has too much; empty for a sound one."""
    if asked.kind in _ANSWERED and not asked.expected:
        return f"{asked.kind.label}须写明答得上的问答（expected）"
    if asked.kind is QuestionKind.TWO_MATTERS and len(set(asked.expected)) == 1:
        return "两事并问须写明两条问答（expected）"
    if asked.kind in _UNANSWERED and asked.pairs:
        return f"{asked.kind.label}不能有问答"
    if asked.kind in _ABOUT_A_PAIR and not asked.pairs:
        return f"{asked.kind.label}须写明答得上的（expected）或与之相似的问答（near）"
    if asked.kind is QuestionKind.LOOK_ALIKE and not set(asked.near) - set(asked.expected):
        return "相似而不同须写明与哪条问答相似（near），且不能是答得上的"
    return ""


def _leaks(given: Iterable[_Asked], pairs: Bank) -> Iterator[CorpusProblem]:
    """Yield questions that are a wording of the bank, or one of an expected pair with slips."""
    stored = {
        wording_key(text): key for key, content in pairs.items() for text in _wordings(content)
    }
    for line, asked in given:
        owner = stored.get(wording_key(asked.text))
        if owner is not None:
            yield _at(line, "text", f"“{asked.text}”就是 {owner} 的问法")
            continue
        if asked.kind is QuestionKind.CONTRAST:
            # It is made by a small edit of a wording.
            continue
        for key in asked.expected:
            for text in _wordings(pairs[key]) if key in pairs else ():
                if _is_alike(asked.text, text):
                    yield _at(line, "text", f"“{asked.text}”与 {key} 的问法“{text}”几乎相同")


def _wordings(content: PairContent) -> tuple[str, ...]:
    return (content.question, *content.variants)


def _is_alike(first: str, second: str) -> bool:
    """Return whether two texts have nearly all characters in common, in the same order."""
    matcher = SequenceMatcher(None, normalise(first), normalise(second), autojunk=False)
    return (
        matcher.real_quick_ratio() >= LIKENESS
        and matcher.quick_ratio() >= LIKENESS
        and matcher.ratio() >= LIKENESS
    )


def _mixed_splits(given: Iterable[_Asked]) -> Iterator[CorpusProblem]:
    """Yield questions about a pair of which an earlier line is in another split."""
    split_of: dict[str, Split] = {}
    for line, asked in given:
        for key in asked.pairs:
            split = split_of.setdefault(key, asked.split)
            if split is not asked.split:
                yield _at(line, "split", f"{key} 的问题已在 {split.value} 中")


def _balance(questions: Sequence[JudgedQuestion], pairs: Bank) -> Iterator[CorpusProblem]:
    """Yield a problem for too few questions, thin splits, and pairs with too few wordings."""

    def lacking(field: str, message: str) -> CorpusProblem:
        return CorpusProblem(QUESTIONS_FOLDER, 0, field, message)

    if len(questions) < QUESTIONS:
        yield lacking("", f"评测问题只有 {len(questions)} 条，至少要 {QUESTIONS} 条")
    about = Counter(asked.split for asked in questions if asked.pairs)
    for split in Split:
        if about[split] < LEAST_SHARE * sum(about.values()):
            yield lacking("split", f"划分 {split.value} 不足 {LEAST_SHARE:.0%}")
    for kind in QuestionKind:
        if not any(asked.kind is kind for asked in questions):
            yield lacking("kind", f"没有“{kind.label}”的问题")
    wordings = Counter(
        key for asked in questions if asked.kind is QuestionKind.WORDING for key in asked.expected
    )
    for key, content in pairs.items():
        if content.expires_on is None and wordings[key] < WORDINGS_A_PAIR:
            message = f"{key} 只有 {wordings[key]} 条新问法，至少要 {WORDINGS_A_PAIR} 条"
            yield lacking("expected", message)
