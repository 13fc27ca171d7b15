"""Splits a question that holds several matters into the clauses that ask."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_service.text.guards.benefits import BENEFIT_AXES
from qa_service.text.guards.model import alternatives
from qa_service.text.letters import holds_up, is_letter, only_reproaches
from qa_service.text.question_words import (
    asks,
    asks_openly,
    before_question_word,
    end_of_open_word,
    names_no_matter,
)

MOST_MATTERS = 3
"""Greatest number of clauses that are searched for one question."""

FRAGMENT_CHARACTERS = 10
"""Characters below which a later clause is taken to leave out its topic (几天能批)."""

TOPIC_CHARACTERS = 3
"""Least number of characters before the question word that may name a topic."""

LEAST_TOPIC = 2
"""Least number of characters that name a topic where the rest is as in the clause before."""

_CONNECTOR = re.compile(
    r",?(?:还有(?![没用效晓啥几多些])|另外|再问(?:一下|下|问)?|再就是|还想问(?:一下|下)?|顺便(?:再?问(?:一下|下)?)?"
    r"|顺带(?:问(?:一下|下)?)?|同时(?=[\u4e00-\u9fff]{4})|以及|并且"
    r"|(?<![以涉普来])及(?=[\u4e00-\u9fff]{2,8}(?:怎|如何|哪|多少|几|能不能))|/(?=[\u4e00-\u9fff]{4})|其次|第[二2](?:个问题)?(?:是)?(?=,)),?"
)
_OPENERS = re.compile("另外|再问|还想问|顺便|顺带")
"""Connectors after which another question begins, not a further circumstance of the same."""

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

_NEW_QUESTION = "||"
"""Sign before one whose connector opens a question: what was told before is another matter."""

_WAYS = frozenset(("就医方式", "住房方式", "考试"))
"""Axes of benefits whose values are points of a matter (医保怎么报,门诊几成)."""

_MATTERS = re.compile(
    alternatives(
        {
            *("户口", "学籍", "档案", "发票", "执照", "年假", "病假", "丧假"),
            *("特困", "低保边缘", "大病保险", "居民社保", "职工社保"),
        }.union(
            *(
                forms
                for axis, values in BENEFIT_AXES
                if axis.name not in _WAYS
                for forms in values.values()
            )
        )
    )
)
"""Names of matters: one of them is no further point of another."""

_AND_THIS = re.compile(r"(?:那么?|还有)?([\u4e00-\u9fff]{2,10})呢[?]?")
"""A clause of one thing alone, of which the question before is asked again (医保呢)."""

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
    低保怎么申请 and 低保几天能批. One that is apart has its own; one that names another matter
    (医保怎么交 after 户口怎么迁) takes what stands before that one alone; one that only names it
    (医保呢 after 低保怎么申请) asks of it what was asked before. What is told before a connector
    that opens a question (社保卡丢了,顺便问下低保怎么申请) is a clause where it names a matter, but
    in a letter, which tells much that asks for nothing. What only reproaches in a letter
    (这样像话吗) is no clause, nor is what was told before it.
    """
    clauses: list[Clause] = []
    told: list[str] = []
    topic, is_apart = "", False
    has_rhetoric, in_letter = False, is_letter(form)
    for piece in _pieces(_CONNECTOR.sub(_sign, form)):
        words = piece.lstrip(_NEW_MATTER)
        if not in_letter and (matter := _told_before(piece, told)):
            clauses.append(Clause(matter, is_apart))
            told = []
        told += [words] if words else []
        if piece.startswith(_NEW_MATTER):
            topic, is_apart = "", True
        if in_letter and only_reproaches(words):
            has_rhetoric = True
            told = told if holds_up(words) else []
        elif asks(piece) or (clauses and _ALSO.search(piece)):
            clause = ",".join(told)
            if clauses and (again := _asked_again(clause, clauses[-1].text)):
                clause, is_apart = again, True
            is_apart |= not asks(piece) or _is_parallel(clause, clauses)
            lacks = not is_apart and topic not in clause and _lacks_topic(clause)
            text = _shared_topic(topic, clause) + clause if lacks else clause
            clauses.append(Clause(text, is_apart))
            topic = topic or _topic(words)
            told, is_apart = [], False
    return _to_search(clauses) if has_rhetoric or len(clauses) > 1 else ()


def with_pauses(text: str) -> str:
    """Return a text as written with a comma for each space, where all its parts ask.

    契税什么时候缴 维修基金什么时候交 is two questions, 低保 怎么 申请 is one.
    """
    parts = _SPACE.split(text.strip())
    return "，".join(parts) if all(asks(part) for part in parts) else text


def _to_search(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return at most ``MOST_MATTERS`` clauses: the first one, those set apart, then the rest.

    What is set apart asks about something else; none of it may be passed over for a further
    point of the first matter.
    """
    places = range(len(clauses))
    kept = sorted(places, key=lambda at: (at > 0 and not clauses[at].is_apart, at))[:MOST_MATTERS]
    return tuple(clauses[at] for at in sorted(kept))


def _sign(connector: re.Match[str]) -> str:
    """Return a comma and the sign of the clause that a connector begins.

    It opens a question where it says so (顺便问下), or stands after a pause before what asks.
    """
    after = connector.string[connector.end() :].partition(",")[0]
    opens = "问" in connector[0] or (connector[0].startswith(",") and asks(after))
    is_opener = opens and _OPENERS.search(connector[0]) is not None
    return f",{_NEW_QUESTION if is_opener else _NEW_MATTER}"


def _told_before(piece: str, told: Sequence[str]) -> str:
    """Return the matter that was told before a piece that opens another question; empty if none."""
    before = ",".join(told)
    return before if piece.startswith(_NEW_QUESTION) and not names_no_matter(before) else ""


def _pieces(form: str) -> Iterator[str]:
    """Yield what commas part, and a second question that begins without one."""
    for piece in form.split(","):
        yield from _run_on(piece)


def _run_on(piece: str) -> Iterator[str]:
    """Yield the questions of a piece: two where a question word follows what another asks."""
    end = end_of_open_word(piece)
    if end is not None:
        for second in _RUN_ON.finditer(piece, end + 1):
            between = piece[end : second.start()]
            if not _OF_ONE.search(between) and not is_letter(piece):
                yield piece[: second.start()].removesuffix("和")
                yield piece[second.start() :]
                return
    yield piece


def _asked_again(clause: str, before: str) -> str | None:
    """Return the question ``before`` about the matter that ``clause`` only names (医保呢)."""
    thing = _AND_THIS.fullmatch(clause)
    if thing is None or not _MATTERS.fullmatch(thing[1]):
        return None
    named = list(_MATTERS.finditer(before))
    if named:
        return before[: named[-1].start()] + thing[1] + before[named[-1].end() :]
    topic = before_question_word(before)
    return thing[1] + before[len(topic) :] if topic and asks_openly(before) else None


def _is_parallel(clause: str, before: Sequence[Clause]) -> bool:
    """Return whether a clause asks of something else what the one before asks (丧假几天)."""
    topic = _topic(clause)
    if not before or len(topic) < LEAST_TOPIC or topic in before[-1].text:
        return False
    return before[-1].text.endswith(clause.removeprefix(topic))


def _lacks_topic(clause: str) -> bool:
    """Return whether a clause is short and begins with its question word, or nearly so."""
    return len(clause) < FRAGMENT_CHARACTERS and len(_topic(clause)) < TOPIC_CHARACTERS


def _shared_topic(topic: str, clause: str) -> str:
    """Return ``topic``, or what stands before its matter where ``clause`` names another."""
    named = list(_MATTERS.finditer(topic))
    if named and _MATTERS.fullmatch(_topic(clause)):
        return topic[: named[-1].start()]
    return topic


def _topic(clause: str) -> str:
    """Return the words of a clause before its question word, without a verb that leads to it."""
    last = clause.rpartition(",")[2]
    return (before_question_word(last) or "").rstrip("去在到")
