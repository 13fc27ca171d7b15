"""Commands on pairs: create, edit, withdraw; ``publish_reviewed`` is called by review only."""

from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import CLOCKWORK, Actor, RecordedActor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.accounts.users import name_of
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, NotFoundError
from qa_service.knowledge.change_feed import note_changes
from qa_service.knowledge.models import PairChange, QAPair, audit_subject, end_review, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.overlap.overlaps import refuse_shared_wordings
from qa_service.knowledge.pairs.questions import question_of
from qa_service.knowledge.pairs.record.citations import cite_by_key
from qa_service.knowledge.pairs.record.content import PairContent, question_key
from qa_service.knowledge.pairs.record.rules import (
    InvalidPairError,
    check_content,
    clean_content,
    content_problems,
)
from qa_service.knowledge.pairs.writing import (
    PairRevision,
    References,
    find_references,
    new_key,
    new_pair,
    put_in_force,
    set_content,
    write_draft_revisions,
    write_variants,
    write_wordings,
)
from qa_service.knowledge.policies.rework import complete_rework
from qa_service.knowledge.policies.withdrawal import Withdrawal, withdraw
from qa_service.knowledge.revision import raise_revision
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, PairStatus, VariantOrigin

BANK = "bank"
"""Name of the lock held by writers of the bank, so that no question is stored twice."""


class PairNotFoundError(NotFoundError):
    """No pair has this id."""

    code = "pair_not_found"
    title = "没有这条问答"


class OwnerOnlyError(ForbiddenError):
    """Only the unit that owns the pair, or an account in charge of the bank, may do this."""

    code = "owner_only"
    title = "不由您办理"


class DuplicateQuestionError(ConflictError):
    """Another pair that is not withdrawn has the same question."""

    code = "duplicate_question"
    title = "标准问题重复"


class EditConflictError(ConflictError):
    """The pair was saved by another account while this one was editing it."""

    code = "edit_conflict"
    title = "问答已被他人修改"


class NoRevisionError(ConflictError):
    """The pair has no unpublished revision that could be discarded."""

    code = "no_revision"
    title = "没有修改稿"


class VersionNotFoundError(NotFoundError):
    """The pair has no version of this number."""

    code = "version_not_found"
    title = "没有这个版本"


class NotPublishableError(ConflictError):
    """The pair may not be published; the message gives the reasons."""

    code = "not_publishable"
    title = "不能发布"


class AlreadyWithdrawnError(ConflictError):
    """The pair was withdrawn before; its reason stands."""

    code = "already_withdrawn"
    title = "已经撤回"


def find_pair(session: Session, pair_id: int) -> QAPair:
    """Return the pair of this id; raises PairNotFoundError."""
    pair = session.get(QAPair, pair_id)
    if pair is None:
        raise PairNotFoundError(f"没有编号为 {pair_id} 的问答")
    return pair


def require_unit(
    unit_id: int, within: Within, message: str = "由承办单位、编辑或管理员办理"
) -> None:
    """Raise OwnerOnlyError unless the unit is one of ``within``."""
    if within is not None and unit_id not in within:
        raise OwnerOnlyError(message)


def draft_pair(
    session: Session,
    content: PairContent,
    *,
    by: Actor,
    now: datetime,
    key: str | None = None,
    author: RecordedActor | None = None,
    variant_origin: VariantOrigin = VariantOrigin.AUTHOR,
    within: Within = EVERY_UNIT,
) -> QAPair:
    """Store a new pair with its first version, not searchable yet, and return it.

    ``author`` is the writer of the content if other than ``by``; ``variant_origin`` is the
    source of the wordings in ``content.variants``; ``within`` holds the ids of the units
    whose pairs the actor may write. Raises OwnerOnlyError, InvalidPairError or
    DuplicateQuestionError before anything is written, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.DRAFT_PAIR)
    lock_for_transaction(session, BANK)
    content = cite_by_key(session, clean_content(content))
    key = key or new_key()
    references = _check(session, content)
    require_unit(references.units[content.unit], within)
    _refuse_duplicate(session, key, question_key(content.question))
    pair = new_pair(key, content, references, now=now)
    wording = PairRevision(pair, content, None, variant_origin)
    write_wordings(session, [wording], references, author=author or by.recorded, now=now)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=audit_subject(pair), change="新增")
    return pair


def begin(session: Session, pair: QAPair) -> None:
    """Wait for other writers of the bank, and read the pair as they left it.

    What is computed from the stored content before it is edited is computed after this.
    """
    lock_for_transaction(session, BANK)
    session.refresh(pair)


def edit_pair(
    session: Session,
    pair: QAPair,
    content: PairContent,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
    within: Within = EVERY_UNIT,
) -> bool:
    """Store changed content as a new version, which voids the signatures.

    Returns whether the content differs from the version in work. A published pair keeps its
    reviewed version until the new one is published. ``seen`` is the number of the version the
    actor edited; ``within`` holds the ids of the units whose pairs the actor may write, and to
    which the pair may be given. Raises OwnerOnlyError, InvalidPairError, DuplicateQuestionError,
    or EditConflictError when the pair was changed since ``seen``, before anything is written, and
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.EDIT_PAIR)
    begin(session, pair)
    require_unit(pair.unit_id, within)
    content = cite_by_key(session, clean_content(content))
    if seen is not None:
        _check_seen(session, pair, seen, then=f"再改（您改的是第 {seen} 版）")
    before = content_in_work(session, pair)
    if before == content:
        return False
    references = _check(session, content)
    if content.unit != before.unit:
        message = "不能改由别的单位承办，请由编辑或管理员办理"
        require_unit(references.units[content.unit], within, message)
    if pair.status is not PairStatus.WITHDRAWN:
        _refuse_duplicate(session, pair.key, question_key(content.question))
    wording = PairRevision(pair, content, before)
    if queries.holds_reviewed(pair) or pair.draft_version_id is not None:
        write_draft_revisions(session, [wording], references, author=by.recorded, now=now)
    else:
        set_content(pair, content, references, now=now)
        write_wordings(session, [wording], references, author=by.recorded, now=now)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=audit_subject(pair), change="修改")
    return True


def storing_problems(
    session: Session, content: PairContent, pair: QAPair | None = None
) -> tuple[FieldProblem, ...]:
    """Return every fault for which cleaned ``content`` is not stored, as new or as ``pair``'s."""
    problems = list(content_problems(content))
    try:
        find_references(session, [content]).check(content)
    except InvalidPairError as error:
        problems += error.problems
    if pair is None or pair.status is not PairStatus.WITHDRAWN:
        try:
            _refuse_duplicate(session, pair.key if pair else "", question_key(content.question))
        except DuplicateQuestionError as error:
            problems.append(FieldProblem("question", error.message))
    return tuple(problems)


def content_in_work(session: Session, pair: QAPair) -> PairContent:
    """Return the content being written or reviewed, or else the current one."""
    if pair.draft_version_id is None:
        return queries.pair_content(session, pair)
    return queries.version_content(session, queries.version_in_work(session, pair))


def roll_back(
    session: Session,
    pair: QAPair,
    number: int,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
    within: Within = EVERY_UNIT,
) -> bool:
    """Store the content of version ``number`` as a new version; return whether it differs.

    Raises VersionNotFoundError and what ``edit_pair`` raises.
    """
    version = queries.find_version(session, pair, number)
    if version is None:
        raise VersionNotFoundError(f"这条问答没有第 {number} 版")
    content = queries.version_content(session, version)
    return edit_pair(session, pair, content, by=by, now=now, seen=seen, within=within)


def discard_draft(session: Session, pair: QAPair, *, by: Actor, now: datetime, seen: int) -> None:
    """Discard the revision of a pair that was published; it stays in the history.

    Its review ends. ``seen`` is the number of the version to discard. Raises NoRevisionError,
    EditConflictError where another is in work by now, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.EDIT_PAIR)
    begin(session, pair)
    if pair.draft_version_id is None:
        raise NoRevisionError("这条问答没有修改稿可以放弃；不再使用的，请撤回")
    _check_seen(session, pair, seen, then="再决定是否放弃")
    pair.draft_version_id = None
    end_review(pair)
    session.add(pair)
    session.flush()
    change, subject = f"放弃第 {seen} 版修改稿", audit_subject(pair)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=subject, change=change)


def publish_reviewed(
    session: Session, pair: QAPair, *, now: datetime, ground_reason: str | None = None
) -> None:
    """Publish the version in work, searchable once the transaction is committed.

    Called by ``review`` at the last signature; apart from an import, nothing else publishes.
    Raises NotPublishableError, DuplicateQuestionError or WordingInUseError.
    """
    lock_for_transaction(session, BANK)
    version = queries.version_in_work(session, pair)
    content = content_in_work(session, pair)
    basis = queries.basis_documents(session, version.id)
    obstacles = obstacles_to_publishing(
        content.expires_on,
        basis,
        beijing_day(now),
        ground_reason=ground_reason,
        effective_from=content.effective_from,
    )
    if obstacles:
        raise NotPublishableError("；".join(obstacles))
    _refuse_duplicate(session, pair.key, question_key(content.question))
    refuse_shared_wordings(
        session, content, day=beijing_day(now), besides=pair.id, version=version.number
    )
    if pair.draft_version_id is not None:
        before = queries.pair_content(session, pair)
        set_content(pair, content, find_references(session, [content]), now=now)
        author = queries.author_of(version)
        write_variants(session, [PairRevision(pair, content, before)], author=author)
        put_in_force(pair, version)
    pair.status = PairStatus.PUBLISHED
    pair.withdrawn_reason, pair.ground_reason = None, ground_reason
    pair.adopted_from = None
    end_review(pair)
    mark_changed(session, pair, now)
    complete_rework(session, now=now, pair_ids=[stored_id(pair)])


def withdraw_pair(
    session: Session, pair: QAPair, reason: str, *, now: datetime, by: Actor = CLOCKWORK
) -> None:
    """Withdraw a pair from the search; the reason and a version in work are kept.

    Raises PersonKeyRequiredError for a system, and AlreadyWithdrawnError.
    """
    by.require_person(Act.WITHDRAW_PAIR)
    if pair.status is PairStatus.WITHDRAWN:
        raise AlreadyWithdrawnError(
            f"这条问答已经撤回，原因是“{pair.withdrawn_reason or '未记录'}”；您填写的原因没有保存"
        )
    withdraw(session, [Withdrawal(pair, reason)], now=now, by=by)


def restore_draft(session: Session, pair: QAPair, *, by: Actor, now: datetime) -> None:
    """Make a pair that was withdrawn before it was ever published a draft again.

    Raises NotPublishableError for any other pair, and DuplicateQuestionError.
    """
    published = select(PairChange.id).where(
        PairChange.pair_id == pair.id, PairChange.kind == PairStatus.PUBLISHED
    )
    if pair.status is not PairStatus.WITHDRAWN or session.exec(published).first() is not None:
        raise NotPublishableError(f"“{question_of(session, pair)}”不是被撤回的草稿，不能恢复")
    _refuse_duplicate(session, pair.key, pair.question_key)
    pair.status, pair.withdrawn_reason = PairStatus.DRAFT, None
    mark_changed(session, pair, now)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=audit_subject(pair), change="恢复")


def find_same_question(session: Session, question: str) -> str | None:
    """Return the question, as stored, of a pair with it that is not withdrawn; or None."""
    pair = _same_question(session, question_key(question), "")
    return question_of(session, pair) if pair is not None else None


def mark_changed(session: Session, pair: QAPair, now: datetime) -> None:
    """Increment the index revision after a change of texts by which ``pair`` is found."""
    pair.revision = raise_revision(session)
    pair.updated_at = now
    session.add(pair)
    session.flush()
    note_changes(session, [stored_id(pair)], revision=pair.revision, now=now)


def _check_seen(session: Session, pair: QAPair, seen: int, *, then: str) -> None:
    newest = queries.version_in_work(session, pair)
    if seen != newest.number:
        author = name_of(session, newest.author, newest.author_person_id)
        raise EditConflictError(f"{author} 已保存第 {newest.number} 版，请核对后{then}")


def _check(session: Session, content: PairContent) -> References:
    """Return the units and documents of ``content``; raises InvalidPairError."""
    check_content(content)
    references = find_references(session, [content])
    references.check(content)
    return references


def _same_question(session: Session, key_of_question: str, pair_key: str) -> QAPair | None:
    """Return another pair, not withdrawn, with this question key; or None."""
    statement = select(QAPair).where(
        QAPair.question_key == key_of_question,
        QAPair.status != PairStatus.WITHDRAWN,
        QAPair.key != pair_key,
    )
    return session.exec(statement).first()


def _refuse_duplicate(session: Session, pair_key: str, key_of_question: str) -> None:
    """Raise DuplicateQuestionError if another pair has the same question."""
    other = _same_question(session, key_of_question, pair_key)
    if other is not None:
        raise DuplicateQuestionError(
            f"已有这个标准问题的问答“{question_of(session, other)}”，请修改原问答或改写问题"
        )
