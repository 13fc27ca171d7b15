"""Questions too long to be searched as a whole, searched by the sentences that ask."""

import re
from collections.abc import Iterable, Mapping

from qa_service.consultation.search.candidates import Candidate

WHOLE_CHARACTERS = 300
"""Longest question that is searched as a whole; beyond it the encoder reads a part only."""
SENTENCES_SEARCHED = 6
SENTENCE_CHARACTERS = 150

_SENTENCE = re.compile(r"[^。！？!?；;\n]{1,1000}[。！？!?；;\n]?")
_ASKING = re.compile(
    r"[？?]|请问|咨询|想问|问一下|怎么|怎样|如何|能不能|可不可以|是否|是不是|能否|可否|有没有|哪里|哪些"
    r"|多少|什么|多久|几时|何时|申请|办理|希望|请求|盼"
)
_QUESTION_MARK = re.compile(r"[？?]|请问|咨询|想问")


def is_long(question: str) -> bool:
    """Return whether a question is searched by its sentences."""
    return len(question) > WHOLE_CHARACTERS


def asking_sentences(question: str) -> tuple[str, ...]:
    """Return the sentences of a long question that look like questions, the likeliest first.

    Sentences with a question mark or 请问 come before those with 如何 or 申请, later ones before
    earlier ones, because a letter ends with what it wants. Without any, the last sentences.
    """
    sentences = [found.strip() for found in _SENTENCE.findall(question) if found.strip()]
    latest = list(reversed(sentences))
    asking = [one for one in latest if _ASKING.search(one)]
    asking.sort(key=lambda one: not _QUESTION_MARK.search(one))
    chosen = (asking or latest)[:SENTENCES_SEARCHED]
    return tuple(one[-SENTENCE_CHARACTERS:] for one in chosen)


def merged(found: Iterable[tuple[Candidate, ...]]) -> tuple[Candidate, ...]:
    """Return the candidates of several sentences, each pair once, the most probable first."""
    best: dict[int, Candidate] = {}
    for candidate in (one for candidates in found for one in candidates):
        held = best.get(candidate.qa_id)
        if held is None or candidate.confidence > held.confidence:
            best[candidate.qa_id] = candidate
    return tuple(sorted(best.values(), key=lambda one: -one.confidence))


def summed(timings: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the milliseconds of several sentences by stage."""
    total: dict[str, float] = {}
    for one in timings:
        for stage, spent in one.items():
            total[stage] = round(total.get(stage, 0.0) + spent, 3)
    return total
