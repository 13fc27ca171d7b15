"""What staff do with a pair: write, edit, publish, withdraw."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session, select

from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, NotFoundError
from qa_service.knowledge import queries
from qa_service.knowledge.content import PairContent, check_content, clean_content, question_key
from qa_service.knowledge.models import PairStatus, PolicyDocument, QAPair
from qa_service.knowledge.pair_writing import (
    References,
    Wording,
    find_references,
    new_key,
    new_pair,
    set_content,
    write_wordings,
)
from qa_service.knowledge.revision import raise_revision
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.storage.turns import take_turn

BANK = "bank"
"""What writers of the bank take turns for: no two of them may store the same question."""


class PairNotFoundError(NotFoundError):
    """No pair has this id."""

    code = "pair_not_found"
    title = "没有这条问答"


class DuplicateQuestionError(ConflictError):
    """Another pair that is not withdrawn asks the same question."""

    code = "duplicate_question"
    title = "标准问题重复"


class NotPublishableError(ConflictError):
    """The pair may not be published; the message says what stands against it."""

    code = "not_publishable"
    title = "不能发布"


def find_pair(session: Session, pair_id: int) -> QAPair:
    """The pair of this id; raises PairNotFoundError."""
    pair = session.get(QAPair, pair_id)
    if pair is None:
        raise PairNotFoundError(f"没有编号为 {pair_id} 的问答")
    return pair


def draft_pair(
    session: Session, content: PairContent, *, author: str, now: datetime, key: str | None = None
) -> QAPair:
    """A new pair with its first version, not yet searchable.

    Raises InvalidPairError or DuplicateQuestionError.
    """
    take_turn(session, BANK)
    content = clean_content(content)
    key = key or new_key()
    references = _check(session, content)
    _refuse_duplicate(session, key, question_key(content.question))
    pair = new_pair(key, content, references, now=now)
    write_wordings(session, [Wording(pair, content, None)], references, author=author, now=now)
    return pair


def edit_pair(
    session: Session, pair: QAPair, content: PairContent, *, author: str, now: datetime
) -> bool:
    """Whether anything changed; a new wording becomes a new version.

    A published pair is searchable in its new form by the end of the transaction.
    Raises InvalidPairError, DuplicateQuestionError, or NotPublishableError when a
    published pair would lose its ground; nothing is written then.
    """
    take_turn(session, BANK)
    content = clean_content(content)
    before = queries.pair_content(session, pair)
    if before == content:
        return False
    references = _check(session, content)
    if pair.status is not PairStatus.WITHDRAWN:
        _refuse_duplicate(session, pair.key, question_key(content.question))
    if pair.status is PairStatus.PUBLISHED:
        _refuse_obstacles(content.expires_on, references.basis_of(content), beijing_day(now))
    set_content(pair, content, references, now=now)
    write_wordings(session, [Wording(pair, content, before)], references, author=author, now=now)
    if pair.status is PairStatus.PUBLISHED:
        mark_changed(session, pair, now)
    return True


def publish_pair(session: Session, pair: QAPair, *, now: datetime) -> None:
    """Make the pair searchable; raises NotPublishableError or DuplicateQuestionError."""
    take_turn(session, BANK)
    basis = queries.basis_documents(session, pair)
    _refuse_obstacles(pair.expires_on, basis, beijing_day(now))
    _refuse_duplicate(session, pair.key, pair.question_key)
    pair.status = PairStatus.PUBLISHED
    pair.withdrawn_reason = None
    mark_changed(session, pair, now)


def withdraw_pair(session: Session, pair: QAPair, reason: str, *, now: datetime) -> None:
    """Take the pair out of the search; the reason is kept."""
    pair.status = PairStatus.WITHDRAWN
    pair.withdrawn_reason = reason
    mark_changed(session, pair, now)


def publishing_obstacles(session: Session, pair: QAPair, day: date) -> tuple[str, ...]:
    """What stands against publishing ``pair`` on ``day``, in Chinese."""
    return obstacles_to_publishing(pair.expires_on, queries.basis_documents(session, pair), day)


def find_same_question(session: Session, question: str) -> int | None:
    """The id of a pair that asks ``question`` and is not withdrawn, or None."""
    return _same_question(session, question_key(question), "")


def mark_changed(session: Session, pair: QAPair, now: datetime) -> None:
    """Raise the index revision for a change in what ``pair`` can be found by."""
    pair.revision = raise_revision(session)
    pair.updated_at = now
    session.add(pair)
    session.flush()


def _check(session: Session, content: PairContent) -> References:
    check_content(content)
    references = find_references(session, [content])
    references.check(content)
    return references


def _refuse_obstacles(expires_on: date | None, basis: Iterable[PolicyDocument], day: date) -> None:
    obstacles = obstacles_to_publishing(expires_on, basis, day)
    if obstacles:
        raise NotPublishableError("；".join(obstacles))


def _same_question(session: Session, key_of_question: str, pair_key: str) -> int | None:
    statement = select(QAPair.id).where(
        QAPair.question_key == key_of_question,
        QAPair.status != PairStatus.WITHDRAWN,
        QAPair.key != pair_key,
    )
    return session.exec(statement).first()


def _refuse_duplicate(session: Session, pair_key: str, key_of_question: str) -> None:
    other = _same_question(session, key_of_question, pair_key)
    if other is not None:
        raise DuplicateQuestionError(f"标准问题与编号 {other} 的问答相同，请修改原问答或改写问题")
