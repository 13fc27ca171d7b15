"""Splits a question that holds several matters into the clauses that ask, and tells keywords."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_service.text.stop_words import FILLERS

MOST_MATTERS = 3
"""Greatest number of clauses that are searched for one question."""

FRAGMENT_CHARACTERS = 10
"""Characters below which a later clause is taken to leave out its topic (几天能批)."""

TOPIC_CHARACTERS = 3
"""Least number of characters before the question word that may name a topic."""

LEAST_TOPIC = 2
"""Least number of characters that name a topic where the rest is as in the clause before."""

KEYWORD_CHARACTERS = 6
"""Longest keyword without a space between its words."""

KEYWORD_WORDS = 4
"""Most words of a keyword typed with spaces; each has at most ``WORD_CHARACTERS``."""

WORD_CHARACTERS = 8

LETTER_CHARACTERS = 80
"""Characters from which a text is a letter: its questions tell a story as often as they ask."""

_OPEN_WORD = (
    r"怎[么样]|咋|如何|为何|多少|多久|多长|多大|多高|何时|(?<![好前这那近过十])几(?!乎)|哪(?!怕)|什么|啥|谁"
    r"|([\u4e00-\u9fff])[不没]\1|[能可是会要]否|是否|有没有|可不可以|[得能行了算管要成]不(?:得|$)|不$|没$"
)
_QUESTION_WORD = rf"[吗嘛呢]|(?<![这那多要])么|{_OPEN_WORD}"
_CUE = re.compile(rf"{_QUESTION_WORD}|分别|区别")
_ASKS = re.compile(_QUESTION_WORD)
_ASKS_OPENLY = re.compile(_OPEN_WORD)
_REPROACH = re.compile(
    r"像话[吗嘛么]|^这(?:样|么|种)?(?:做法?|办|搞|处理)?(?:合理|公平|应该|说得过去)[吗嘛么]$"
    r"|^(?:到底|究竟)?(?:还?有没有|难道没)人管[吗啊呢]?$|有没有(?:王法|天理)"
)
_RHETORIC = re.compile(r"难道.+[吗嘛么]$")
_PREMISE = re.compile(r"不是(?:一直|都|总|也)?说.+[吗嘛么]$")
"""A rule held up to the office (不是说少跑腿吗): what follows may ask about it."""
_CONNECTOR = re.compile(
    r",?(?:还有(?![没用效晓啥几多些])|另外|再问(?:一下|下|问)?|再就是|还想问(?:一下|下)?|顺便(?:再?问(?:一下|下)?)?"
    r"|顺带(?:问(?:一下|下)?)?|同时(?=[\u4e00-\u9fff]{4})|以及|并且"
    r"|(?<![以涉普来])及(?=[\u4e00-\u9fff]{2,8}(?:怎|如何|哪|多少|几|能不能))|/(?=[\u4e00-\u9fff]{4})|其次|第[二2](?:个问题)?(?:是)?(?=,)),?"
)
_ALSO = re.compile(r"也(?:丢|想|要|没|不见|找不)|[还又][想要](?:办|申请|领|补|交)")
"""What asks for more after a question without a question word (护照也丢了)."""

_RUN_ON = re.compile(
    r"(?=多久|多长时间|多少钱|几天[能可]|[去到在]哪|要?带?什么材料|需要什么|要带什么)"
)
"""Where a second question may begin without a pause (怎么申请多久到账)."""
_OF_ONE = re.compile("知道|查|算|看|说明|晓得")
"""Verbs between two question words of one question (怎么知道在哪交)."""

_NEW_MATTER = "|"
"""Sign before a clause that a connector begins: it has a topic of its own."""

_BREAK = re.compile(r",")
_SENTENCE_WORDS = re.compile(r"[我你您他她它咱俺的了吧啊呀哦]|有点|听说")
_CHINESE_OR_NUMBER = re.compile(r"[\u4e00-\u9fff]|^\d{3,12}$")
_SPACE = re.compile(r"\s+")


class Clause(NamedTuple):
    """A clause that asks; ``is_apart`` where another matter begins.

    It begins with a connector (另外, 还想问), or is a further wish (护照也丢了).
    """

    text: str
    is_apart: bool


def matters(form: str) -> tuple[Clause, ...]:
    """Return the clauses of a text in matching form that each ask; none for one that asks once.

    What is told before a clause that asks belongs to it. A short clause after another takes
    the topic of that one, the words before its question word: 低保怎么申请,几天能批 gives
    低保怎么申请 and 低保几天能批. One that is apart has its own. What only reproaches
    in a letter (这样像话吗) is no clause, nor is what was told before it.
    """
    clauses: list[Clause] = []
    told: list[str] = []
    topic, is_apart = "", False
    has_rhetoric, in_letter = False, is_letter(form)
    for piece in _pieces(_CONNECTOR.sub(f",{_NEW_MATTER}", form)):
        told += [words] if (words := piece.removeprefix(_NEW_MATTER)) else []
        if piece.startswith(_NEW_MATTER):
            topic, is_apart = "", True
        if in_letter and _only_reproaches(words):
            has_rhetoric = True
            told = told if _PREMISE.search(words) else []
        elif _CUE.search(piece) or (clauses and _ALSO.search(piece)):
            clause = ",".join(told)
            is_apart |= not _CUE.search(piece) or _is_parallel(clause, clauses)
            text = clause if is_apart or not _lacks_topic(clause) else topic + clause
            clauses.append(Clause(text, is_apart))
            topic = topic or _topic(words)
            told, is_apart = [], False
    return tuple(clauses[:MOST_MATTERS]) if has_rhetoric or len(clauses) > 1 else ()


def with_pauses(text: str) -> str:
    """Return a text as written with a comma for each space, where all its parts ask.

    契税什么时候缴 维修基金什么时候交 is two questions, 低保 怎么 申请 is one.
    """
    parts = _SPACE.split(text.strip())
    return "，".join(parts) if all(_CUE.search(part) for part in parts) else text


def asking_part(form: str) -> str:
    """Return the sentences of a letter that ask, without its story; another text as it is.

    A story names years, places and persons by the way; what is asked about stands in the sentences
    that ask. Of a letter in which none asks, all is returned.
    """
    if not is_letter(form):
        return form
    asking = (
        words for words in _BREAK.split(form) if _CUE.search(words) and not _only_reproaches(words)
    )
    return ",".join(asking) or form


def is_letter(form: str) -> bool:
    """Return whether a text in matching form is as long as a letter (来信)."""
    return len(form) >= LETTER_CHARACTERS


def is_keyword(text: str, form: str) -> bool:
    """Return whether a question is one keyword or a few, given as written and in matching form."""
    if not _CHINESE_OR_NUMBER.search(form):
        return False
    words = _SPACE.split(text.strip())
    if len(words) > 1:
        is_listed = "," not in form and len(words) <= KEYWORD_WORDS
        return is_listed and all(len(word) <= WORD_CHARACTERS for word in words)
    is_short = 2 <= len(form) <= KEYWORD_CHARACTERS and "," not in form
    return is_short and not _CUE.search(form) and not _SENTENCE_WORDS.search(form)


def names_matter(word: str) -> bool:
    """Return whether a word says what a question is about: no question word (怎么), no filler."""
    return word not in FILLERS and not _ASKS.search(word)


def _only_reproaches(words: str) -> bool:
    """Return whether a sentence asks in form alone; 难道 beside 怎么 or 多少 still asks."""
    if _REPROACH.search(words):
        return True
    is_rhetorical = _RHETORIC.search(words) or _PREMISE.search(words)
    return is_rhetorical is not None and not _ASKS_OPENLY.search(words)


def _pieces(form: str) -> Iterator[str]:
    """Yield what commas part, and a second question that begins without one."""
    for piece in _BREAK.split(form):
        yield from _run_on(piece)


def _run_on(piece: str) -> Iterator[str]:
    """Yield the questions of a piece: two where a question word follows what another asks."""
    first = _ASKS_OPENLY.search(piece)
    if first:
        for second in _RUN_ON.finditer(piece, first.end() + 1):
            between = piece[first.end() : second.start()]
            if not _OF_ONE.search(between) and not is_letter(piece):
                yield piece[: second.start()].removesuffix("和")
                yield piece[second.start() :]
                return
    yield piece


def _is_parallel(clause: str, before: Sequence[Clause]) -> bool:
    """Return whether a clause asks of something else what the one before asks (丧假几天)."""
    topic = _topic(clause)
    if not before or len(topic) < LEAST_TOPIC or topic in before[-1].text:
        return False
    return before[-1].text.endswith(clause.removeprefix(topic))


def _lacks_topic(clause: str) -> bool:
    """Return whether a clause is short and begins with its question word, or nearly so."""
    return len(clause) < FRAGMENT_CHARACTERS and len(_topic(clause)) < TOPIC_CHARACTERS


def _topic(clause: str) -> str:
    """Return the words of a clause before its question word, without a verb that leads to it."""
    last = clause.rpartition(",")[2]
    cue = _CUE.search(last)
    return last[: cue.start()].rstrip("去在到") if cue else ""
