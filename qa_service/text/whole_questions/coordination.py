"""Two things asked about in one (结婚证和户口本都丢了): an answer about one of them is no answer.

The comparison is by characters: the word before the conjunction ends, the word after it begins
with two characters that are looked for in what is stored.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_service.text.question_words import asks

WORD = 2
"""Characters of each word that are looked for: names of things differ in their first or last."""

LONGEST = 4
"""Most characters shown of the word before the conjunction."""

LONGEST_CLAUSE = 80
"""Most characters before the conjunction that may ask: a bound keeps long texts linear."""

_CONJUNCTION = re.compile(
    r"(?<![总共饱暖温缓])和(?![平解谐睦])"
    r"(?=([\u4e00-\u9fff]{2,6}?)(?:都|各|分别|丢|掉了|不见|断|没|怎|如何|要|多少))"
)
"""Between two things of which one is asked: 和 in 和打官司 or 和以前比 may join something else."""

_WORDS_BEFORE = re.compile(r"[\u4e00-\u9fff]{2,4}$")
_WITH = re.compile(
    r"单位|公司|老板|用人|我|他|她|你|您|咱|老[公婆人伴师]|对方|父母|孩子|小孩|家[里人长属]|朋友|同事|丈夫|妻子|儿[子媳]"
    r"|女[儿婿]|男|邻居|房东|业主|开发|银行|医院|学校|别人|人家|以前|现在|之前|去年|其他|其它|别的|相关|是|不|怎|什么|哪|多少|这|那"
)
"""What follows 和 in the sense of "with", of a comparison or of a question."""

_TOLD = "两样并问：还问了"


class _Joined(NamedTuple):
    """Ends of both things a conjunction joins, and the text with one of them alone."""

    first: str
    second: str
    with_first: str
    with_second: str


def half_asked(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the thing that is asked about beside a stored one.

    None where each thing that ``asked`` joins is in one of ``stored``, or neither is. All are
    normalised texts.
    """
    for joined in _joined(asked):
        has_first = any(joined.first[-WORD:] in text for text in stored)
        has_second = any(joined.second[:WORD] in text for text in stored)
        if has_first != has_second:
            other = joined.second if has_first else joined.first
            return f"{_TOLD}“{other}”，这条没有说到，请另查"
    return None


def halves(asked: str, conflicts: Sequence[str]) -> tuple[str, ...]:
    """Return the questions about one of two things each, 结婚证丢了怎么补 and 户口本丢了怎么补.

    Where the first of both asks by itself (产假多少天和公积金怎么提取) they are its parts. None
    unless ``half_asked`` is among the ``conflicts`` with a stored text.
    """
    if not any(one.startswith(_TOLD) for one in conflicts):
        return ()
    first = next(_joined(asked), None)
    return (first.with_first, first.with_second) if first else ()


def _joined(text: str) -> Iterator[_Joined]:
    """Yield what each conjunction joins that stands between two things."""
    for match in _CONJUNCTION.finditer(text):
        at, second = match.start(), match[1]
        before = _WORDS_BEFORE.search(text, max(0, at - LONGEST), at)
        if before and not _WITH.match(second) and not _WITH.search(before[0][-WORD:]):
            after = text[match.end() :]
            if asks(text[max(0, at - LONGEST_CLAUSE) : at].rpartition(",")[2]):
                yield _Joined(before[0], second, text[:at], after)
            else:
                without = text[match.end() + len(second) :]
                yield _Joined(
                    before[0], second, text[:at] + without, text[: before.start()] + after
                )
