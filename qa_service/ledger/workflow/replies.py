"""Commands on a unit's reply (答复): drafted by the unit, approved by another person (审核)."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.models import Unit
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, InvalidInputError
from qa_service.knowledge.gates import REPLY_GATES, check_affirmed
from qa_service.knowledge.pairs.record.citations import cite_by_key
from qa_service.knowledge.pairs.record.content import QUESTION_CHARACTERS, PairContent
from qa_service.knowledge.pairs.record.rules import (
    check_content,
    clean_content,
    personal_problems,
    with_unread,
)
from qa_service.knowledge.pairs.service import draft_pair, find_same_question
from qa_service.knowledge.pairs.writing import find_references
from qa_service.ledger.deadlines.mail import mail_people, mail_unit
from qa_service.ledger.deadlines.mail_premises import waits_for
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.replies.reply_checks import check_again, typed_findings
from qa_service.ledger.replies.reply_content import ReplyContent, stored_content
from qa_service.ledger.replies.reply_links import sender_of
from qa_service.ledger.workflow.steps import (
    Command,
    check_transition,
    entry_id,
    joined_entries,
    perform,
)
from qa_service.text.normalise import is_meaningful
from qa_service.text.privacy.masking import MARKERS, masked
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    Action,
    EntryKind,
    Role,
    Statement,
    VariantOrigin,
)

NOT_PUBLIC = "答复不宜公开"
REASON_WRITTEN = "写了退回的理由，没有通过：要退回的请选退回修改，要通过的请先清空理由"


class InvalidReplyError(InvalidInputError):
    """The reply has invalid fields; ``problems`` names each of them."""

    code = "invalid_reply"
    title = "答复内容有误"


class OwnReplyError(ForbiddenError):
    """The approver wrote the reply, or its author cannot be told from the approver."""

    code = "own_reply"
    title = "不能审核自己的答复"


class NoReplyError(ConflictError):
    """The entry has no reply yet, or its last reply is not the one the approver saw."""

    code = "no_reply"
    title = "答复已变动"


def draft_reply(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    content: ReplyContent,
    *,
    unread: Sequence[FieldProblem] = (),
) -> LedgerReply:
    """Store the unit's reply for approval and return it; earlier replies are kept.

    ``unread`` are the fields of a form that could not be read: they are told with every other
    fault. Raises InvalidReplyError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.DRAFT, step)
    cleaned = _checked(session, entry, content, unread)
    earlier = last_reply(session, entry)
    reply = LedgerReply(
        entry_id=entry_id(entry),
        number=earlier.number + 1 if earlier else 1,
        author=step.actor.name,
        author_person_id=step.actor.person_id,
        author_key_id=step.actor.api_key_id,
        created_at=step.now,
        **content.with_wording_of(cleaned).to_columns(),
    )
    session.add(reply)
    perform(session, entry, Action.DRAFT, _with_reply(step, reply.number))
    _tell_reviewers(session, entry, step)
    return reply


def approve_reply(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    reply: int,
    statements: Collection[Statement],
    despite_advice: bool = False,
) -> None:
    """Approve reply number ``reply``; a public one is stored as a draft pair at once.

    ``statements`` are what the approver affirms at the gates of a reply. The word checks are
    made again; with ``despite_advice`` the approver confirms to have read their advice.

    The asker's wording becomes the draft's first variant, and entry and pair refer to each
    other. A reason in ``step`` is one to send it back, and cannot pass. Raises
    InvalidReplyError, OwnReplyError, NoReplyError, ReplyCheckFailedError, GatesUnansweredError,
    what ``draft_pair`` raises when the bank has changed since, and what ``perform`` raises.
    """
    check_transition(session, entry, Action.APPROVE, step)
    if step.reason.strip():
        raise InvalidReplyError(REASON_WRITTEN, problems=(FieldProblem("reason", REASON_WRITTEN),))
    found = _seen_reply(session, entry, reply)
    refusal = _own_part(session, found, step.actor)
    if refusal:
        raise OwnReplyError(refusal)
    check_again(session, found, despite_advice=despite_advice)
    found.statements = check_affirmed(REPLY_GATES, statements)
    found.approved_by, found.approved_by_person_id, found.approved_by_key_id = step.actor.recorded
    found.approved_at = step.now
    session.add(found)
    perform(
        session,
        entry,
        Action.APPROVE,
        _with_reply(step, reply),
        **_outcome(session, entry, found, step),
    )
    _tell_operators(session, entry, step)


def _seen_reply(session: Session, entry: LedgerEntry, number: int) -> LedgerReply:
    """Return the last reply; raises NoReplyError unless it is the one the approver saw."""
    found = last_reply(session, entry)
    if found is None or found.number != number:
        raise NoReplyError("答复在您审核期间已修改，这次没有保存；请按新的答复逐项确认后再提交")
    return found


def is_own_reply(session: Session, entry: LedgerEntry, actor: Actor) -> bool:
    """Return whether the reply that awaits approval is one the actor may not approve."""
    reply = last_reply(session, entry)
    return reply is not None and bool(_own_part(session, reply, actor))


def _own_part(session: Session, reply: LedgerReply, actor: Actor) -> str:
    """Return why not, for who wrote the reply or sent the link by which it came; else ""."""
    if not actor.is_distinct_from(author_of(reply)):
        return "答复应由起草人以外的人审核"
    sender = sender_of(session, reply.entry_id, reply.number)
    if sender is not None and not actor.is_distinct_from(sender):
        return "答复经您发送的一次性链接提交，应由另一人审核"
    return ""


def _tell_reviewers(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Mail those who review the unit's replies; its supervisors where it has no reviewer."""
    for role in (Role.REVIEWER, Role.SUPERVISOR):
        told = mail_people(
            session,
            entry,
            {role},
            "答复待审核",
            now=step.now,
            rests_on=(waits_for(Role.REVIEWER, entry),),
            besides=step.actor,
        )
        if told:
            return


def _tell_operators(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Mail the operators that the asker is to be called, and those of the joined entries."""
    if entry.kind is EntryKind.CORRECTION and entry.asker_id is None:
        return
    joined = len(joined_entries(session, entry))
    subject = "答复已审核，请回复咨询人" + (f"（另有并案 {joined} 条，逐一回复）" if joined else "")
    mail_people(
        session,
        entry,
        {Role.OPERATOR},
        subject,
        now=step.now,
        rests_on=(waits_for(Role.OPERATOR, entry),),
        besides=step.actor,
    )


def send_back(session: Session, entry: LedgerEntry, step: Command, *, reply: int) -> None:
    """Return reply number ``reply`` to the unit for amendment, by mail too; with a reason.

    Raises NoReplyError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.SEND_BACK, step)
    _seen_reply(session, entry, reply)
    perform(session, entry, Action.SEND_BACK, step)
    mail_unit(session, entry, "答复退回修改", now=step.now, rests_on=(waits_for(Role.UNIT, entry),))


def last_reply(session: Session, entry: LedgerEntry) -> LedgerReply | None:
    """Return the last reply to the entry, or to the one it was joined to; or None."""
    statement = (
        select(LedgerReply)
        .where(LedgerReply.entry_id == (entry.joined_to_id or entry.id))
        .order_by(col(LedgerReply.number).desc())
    )
    return session.exec(statement.limit(1)).first()


def author_of(reply: LedgerReply) -> RecordedActor:
    """Return the author of the reply."""
    return RecordedActor(reply.author, reply.author_person_id, reply.author_key_id)


def _outcome(
    session: Session, entry: LedgerEntry, reply: LedgerReply, step: Command
) -> dict[str, object]:
    """Return the entry's columns set by approval: the pair, or the reason for having none."""
    if entry.kind is EntryKind.CORRECTION:
        return {}
    if not reply.is_public:
        return {"pair_declined": f"{NOT_PUBLIC}：{reply.private_reason}"}
    content = _pair_content(session, entry, reply)
    pair = draft_pair(
        session,
        content,
        by=step.actor,
        author=author_of(reply),
        now=step.now,
        variant_origin=VariantOrigin.LEDGER,
    )
    pair.origin = entry.number
    session.add(pair)
    return {"pair_id": pair.id}


def _pair_content(session: Session, entry: LedgerEntry, reply: LedgerReply) -> PairContent:
    """Return the content of the pair a reply becomes, the askers' wordings as variants."""
    askers = [entry.question, *(joined.question for joined in joined_entries(session, entry))]
    return stored_content(reply).pair_content(
        unit=session.get_one(Unit, entry.unit_id).key,
        variants=tuple(wording for wording in askers if _is_variant(wording, reply.question)),
    )


def _is_variant(wording: str, question: str) -> bool:
    """Return whether an asker's wording may be a variant of ``question``."""
    is_personal = any(mark in wording for mark in MARKERS.values())
    return wording != question and not is_personal and len(wording) <= QUESTION_CHARACTERS


def _checked(
    session: Session, entry: LedgerEntry, content: ReplyContent, unread: Sequence[FieldProblem]
) -> PairContent:
    """Return the reply's content as a pair, cleaned; raises InvalidReplyError."""
    # The answer is not masked: it may contain an office's own telephone number.
    question = masked(content.question[: QUESTION_CHARACTERS * 2])
    said = replace(content, question=question)
    unit = session.get_one(Unit, entry.unit_id).key
    pair = cite_by_key(session, clean_content(said.pair_content(unit=unit)))
    found = [
        *_own_problems(content.with_wording_of(pair)),
        *_pair_problems(session, pair),
        *(
            FieldProblem(one.field, one.message)
            for one in typed_findings(session, pair)
            if one.is_fault
        ),
    ]
    problems = with_unread(unread, found)
    if problems:
        raise InvalidReplyError("答复内容有误，请按提示修改", problems=problems)
    return pair


def _pair_problems(session: Session, pair: PairContent) -> list[FieldProblem]:
    """Return the problems of the pair a reply may become."""
    problems: list[FieldProblem] = []
    for check in (check_content, find_references(session, [pair]).check):
        try:
            check(pair)
        except InvalidInputError as error:
            problems += error.problems
    same = find_same_question(session, pair.question)
    if same is not None:
        message = f"已有这个标准问题的问答“{same}”，请改写标准问题，或修改原问答"
        problems.append(FieldProblem("question", message))
    return problems


def _own_problems(content: ReplyContent) -> list[FieldProblem]:
    """Return the problems of the fields that only a reply has."""
    texts = {
        "answer": content.answer,
        "phone_script": content.phone_script,
        "no_basis_reason": content.no_basis_reason,
        "private_reason": content.private_reason,
    }
    problems = list(personal_problems(texts))
    for name in ("no_basis_reason", "private_reason"):
        if len(texts[name]) > REASON_CHARACTERS:
            message = f"理由超过 {REASON_CHARACTERS} 个字（现有 {len(texts[name])} 个字），请精简"
            problems.append(FieldProblem(name, message))
    if not content.basis and not is_meaningful(content.no_basis_reason):
        problems.append(FieldProblem("basis", "请选择政策依据；确无依据的，请说明理由"))
    if content.basis and content.no_basis_reason.strip():
        problems.append(FieldProblem("no_basis_reason", "已选择政策依据，不必再填无依据的理由"))
    if not content.is_public and not is_meaningful(content.private_reason):
        problems.append(FieldProblem("private_reason", "答复不公开的，请说明理由"))
    return problems


def _with_reply(step: Command, number: int) -> Command:
    """Return ``step`` with the reply's number in its event details."""
    return replace(step, details=replace(step.details, reply=number))
