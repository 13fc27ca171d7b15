"""Requirements of a starter bank that a district can adopt, beyond being without fault."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_service.knowledge.coverage.placing import is_about
from qa_service.knowledge.coverage.topics import TopicContent
from qa_service.knowledge.exchange.corpus.check import Corpus, CorpusProblem, read_corpus
from qa_service.knowledge.exchange.corpus.loading import MATTERS_FILE, PAIRS_FILE
from qa_service.knowledge.exchange.corpus.topic_rows import read_topics
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.record.rules import written_texts

VARIANTS_A_PAIR = 8
PAIRS_A_FIELD = 35
PAIRS = 400


@dataclass(frozen=True, slots=True)
class TopicCounts:
    """The topics of a corpus: all, covered, and those that have only pairs with blanks."""

    topics: int
    covered: int
    to_complete: int


_OTHER_BRACKET = re.compile(r"【(?!本地：[^【】]+】)")


def check_completeness(corpus_dir: Path) -> list[CorpusProblem]:
    """Return a problem for everything a starter bank must have and this one lacks.

    Each pair has variants enough, the aspect it asks (问点), a day of review, articles that were
    read or the mark that they were not (待核), and no bracket but a blank of the district; each
    area and the bank have pairs enough, and each topic (事项) at least one.
    """
    corpus = read_corpus(corpus_dir)
    found = [*_counts(corpus), *_uncovered_topics(corpus, corpus_dir / MATTERS_FILE)]
    for number, pair in corpus.pairs.items():
        for field, message in _lacks(pair.content):
            found.append(CorpusProblem(PAIRS_FILE, number, field, message))
    return found


def topic_counts(corpus_dir: Path) -> TopicCounts:
    """Return how many topics have an answer, and how many one with blanks alone (【本地：…】)."""
    corpus = read_corpus(corpus_dir)
    of_topics = [_about(corpus, topic) for _, topic in read_topics(corpus_dir / MATTERS_FILE)]
    covered = sum(any(not one.blanks for one in contents) for contents in of_topics)
    answered = sum(bool(contents) for contents in of_topics)
    return TopicCounts(len(of_topics), covered, answered - covered)


def _counts(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield a problem for each area, and for a bank, with too few pairs."""
    pairs = list(corpus.pairs.values())
    for area in corpus.areas:
        count = sum(pair.content.area == area for pair in pairs)
        if count < PAIRS_A_FIELD:
            message = f"领域“{area}”只有 {count} 条问答，至少要 {PAIRS_A_FIELD} 条"
            yield CorpusProblem(PAIRS_FILE, 0, "field", message)
    if len(pairs) < PAIRS:
        message = f"问答库只有 {len(pairs)} 条问答，至少要 {PAIRS} 条"
        yield CorpusProblem(PAIRS_FILE, 0, "", message)


def _uncovered_topics(corpus: Corpus, path: Path) -> Iterator[CorpusProblem]:
    """Yield a problem for each topic that no pair of its area is about."""
    for key, topic in read_topics(path):
        if not _about(corpus, topic):
            yield CorpusProblem(path.name, 0, "keywords", f"事项 {key}“{topic.name}”没有问答")


def _about(corpus: Corpus, topic: TopicContent) -> list[PairContent]:
    """Return the contents of the corpus that belong to the topic."""
    contents = (pair.content for pair in corpus.pairs.values())
    return [
        one
        for one in contents
        if one.area == topic.area and is_about(topic, one.question, one.keywords)
    ]


def _lacks(content: PairContent) -> Iterator[tuple[str, str]]:
    """Yield field and message of everything the pair lacks."""
    count = len(content.variants)
    if count < VARIANTS_A_PAIR:
        yield "variants", f"相似问至少 {VARIANTS_A_PAIR} 条，现有 {count} 条"
    if content.aspect is None:
        yield "aspect", "没有问点，请写明标准问题问的是哪一点"
    if content.review_by is None:
        yield "review_by", "没有复核日期"
    for cited in content.basis:
        if cited.verified and not cited.article:
            message = (
                f"依据“{cited.policy}”没有条款，请补上；没有读到原文的标为待核（verified: false）"
            )
            yield "basis", message
    for field, text in written_texts(content).items():
        if _OTHER_BRACKET.search(text):
            yield field, "方括号只用于本地内容，写成【本地：低保标准，元/月】"
