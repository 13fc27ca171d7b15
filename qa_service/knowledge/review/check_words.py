"""Words that pre-checks look for (送审用词表), kept by staff in versions.

``blocked`` may not be submitted, ``warned`` must be confirmed, ``leaders`` are names of leaders
with their titles, to be compared. The service ships with none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.review_models import CheckWordList
from qa_service.text.normalise import normalise
from qa_service.vocabulary import AuditAction

NOTE_CHARACTERS = 200
WORD_CHARACTERS = 50
WORD_COUNT = 5_000
LEADER = re.compile(r"(\S{2,20})[ \t　]+(\S.*)")
_FILLERS = re.compile(r"[\s\u200b-\u200f\ufeff·•_*＊|~^-]+")


class InvalidCheckWordsError(InvalidInputError):
    """A line of a list cannot be used, or the note is missing; ``problems`` names each."""

    code = "invalid_check_words"
    title = "用词表有误"


@dataclass(frozen=True, slots=True)
class Leader:
    """A leader's name and titles as they must be written."""

    name: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckWords:
    """The three lists; ``blocked`` and ``warned`` as they were written, one entry a word."""

    blocked: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    leaders: tuple[Leader, ...] = ()


@dataclass(frozen=True, slots=True)
class WordHit:
    """A listed word in a text; a blocked one may not be submitted."""

    message: str
    is_blocked: bool


def words_in_use(session: Session) -> CheckWords:
    """Return the newest version of the lists; empty ones before the first."""
    newest = next(iter(list_check_words(session, limit=1)), None)
    if newest is None:
        return CheckWords()
    return _parsed(newest.blocked, newest.warned, newest.leaders)


def list_check_words(session: Session, *, limit: int = 20) -> Sequence[CheckWordList]:
    """Return at most ``limit`` versions of the lists, newest first."""
    statement = select(CheckWordList).order_by(col(CheckWordList.id).desc()).limit(limit)
    return session.exec(statement).all()


def set_check_words(
    session: Session,
    *,
    blocked: str,
    warned: str,
    leaders: str,
    note: str,
    by: Actor,
    now: datetime,
) -> CheckWordList:
    """Store a new version of the lists, in use at once; raises InvalidCheckWordsError."""
    problems = list(_problems(blocked, warned, leaders, note.strip()))
    if problems:
        raise InvalidCheckWordsError("用词表有误，请按提示修改", problems=tuple(problems))
    version = CheckWordList(
        blocked=blocked,
        warned=warned,
        leaders=leaders,
        note=note.strip(),
        author=by.name,
        author_person_id=by.person_id,
        author_key_id=by.api_key_id,
        created_at=now,
    )
    session.add(version)
    session.flush()
    subject = f"送审用词表第 {version.id} 版"
    record(session, AuditAction.EDIT, actor=by, now=now, subject=subject, change="启用", note=note)
    return version


def find_words(text: str, words: CheckWords) -> Iterator[WordHit]:
    """Yield each listed word in ``text``, also if it is written with spaces or dots between."""
    joined = _joined(text)
    for listed, is_blocked, advice in (
        (words.blocked, True, "在禁用词表中，请改写"),
        (words.warned, False, "在提示词表中，请核对用法"),
    ):
        for word in listed:
            # Numerals are written by their units: a word alone may have another form than there.
            if _joined(word) in joined or word in text:
                yield WordHit(f"“{word}”{advice}", is_blocked)
    for leader in words.leaders:
        yield from _leader_hits(joined, leader)


def _leader_hits(joined: str, leader: Leader) -> Iterator[WordHit]:
    """Yield the name of a leader, and names by one of the titles that differ in one sign."""
    name, titles = _joined(leader.name), [_joined(title) for title in leader.titles]
    shown = f"“{leader.name}”（{'、'.join(leader.titles)}）"
    if name in joined:
        near = any(f"{title}{name}" in joined or f"{name}{title}" in joined for title in titles)
        advice = "请核对姓名、职务和排序" if near else "文中未见词表所列职务，请核对"
        yield WordHit(f"出现领导姓名{shown}，{advice}", is_blocked=False)
    for title in titles:
        for written in _beside(joined, title, len(name)):
            if sum(one != other for one, other in zip(written, name, strict=True)) == 1:
                message = f"“{title}”旁的“{written}”与词表中的{shown}只差一字，请核对"
                yield WordHit(message, is_blocked=False)


def _beside(joined: str, title: str, length: int) -> Iterator[str]:
    """Yield the ``length`` signs after and before each ``title``."""
    at = joined.find(title)
    while at >= 0:
        end = at + len(title)
        for start, stop in ((end, end + length), (at - length, at)):
            if start >= 0 and stop <= len(joined):
                yield joined[start:stop]
        at = joined.find(title, end)


@lru_cache(maxsize=4)
def _parsed(blocked: str, warned: str, leaders: str) -> CheckWords:
    """Return the lists of a stored version."""
    found = (LEADER.fullmatch(line) for line in _lines(leaders))
    return CheckWords(
        _lines(blocked),
        _lines(warned),
        tuple(
            Leader(match[1], tuple(re.split(r"[、,，]\s*", match[2]))) for match in found if match
        ),
    )


def _problems(blocked: str, warned: str, leaders: str, note: str) -> Iterator[FieldProblem]:
    """Yield every fault of the lists."""
    if not note or len(note) > NOTE_CHARACTERS:
        yield FieldProblem("note", f"请用 1 至 {NOTE_CHARACTERS} 个字说明改了什么")
    for name, text in (("blocked", blocked), ("warned", warned), ("leaders", leaders)):
        lines = _lines(text)
        if len(lines) > WORD_COUNT:
            yield FieldProblem(name, f"最多 {WORD_COUNT} 行，请精简")
        limit = WORD_CHARACTERS if name != "leaders" else 3 * WORD_CHARACTERS
        for line in lines:
            if len(line) > limit:
                yield FieldProblem(name, f"“{line[:10]}…”超过 {limit} 个字，请一行一条")
            elif len(_joined(line)) < 2:
                yield FieldProblem(name, f"“{line}”太短，会误报，至少两个字")
    for line in _lines(leaders):
        if not LEADER.fullmatch(line):
            yield FieldProblem("leaders", f"“{line[:20]}”请写成“姓名 职务”，中间空一格")


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a list that are not blank, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _joined(text: str) -> str:
    """Return ``text`` in the form in which words are compared."""
    return _FILLERS.sub("", normalise(text))
