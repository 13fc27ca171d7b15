"""The fate of a question left at the public desk: its state, its due day, its reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col, select

from qa_service.accounts.actor import PUBLIC
from qa_service.accounts.models import Unit
from qa_service.consultation.desk.codes import CODE_SIGNS, matching, plain_code
from qa_service.consultation.models import PublicQuestion
from qa_service.errors import ConflictError, NotFoundError
from qa_service.knowledge.models import QAPair
from qa_service.ledger.deadlines.due_dates import proof_of
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.workflow.calling import record_call
from qa_service.ledger.workflow.replies import last_reply
from qa_service.ledger.workflow.steps import Command
from qa_service.text.matching_form import matching_form
from qa_service.vocabulary import (
    FINISHED,
    CallOutcome,
    EntryKind,
    EntryState,
    PairStatus,
    Role,
    Satisfaction,
)
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import DayProof

NUMBER_CHARACTERS = 20

_TOLD = (EntryState.APPROVED, EntryState.INFORMED, EntryState.CLOSED)
_READ_BY_ASKER = "咨询人在政务公开专区查看答复并评价"
_NOT_PUBLIC = "这条答复不宜在网上公开，请拨打 12345 或到政务服务窗口，报编号查询"
_GONE = "这条答复后来已撤回或正在核对，请拨打 12345 咨询最新规定"


class UnknownQuestionError(NotFoundError):
    """No question has this number with this code; the message is the same for both."""

    code = "unknown_question"
    title = "没有查到"


class RatingRefusedError(ConflictError):
    """There is no reply to rate, or it was rated already."""

    code = "rating_refused"
    title = "不能评价"


@dataclass(frozen=True, slots=True)
class QuestionState:
    """A question as its asker reads it.

    ``proof`` counts the working days up to ``due_on``, and is empty where it does not lead there.
    ``withheld`` says why a reply is not shown; ``rated`` is what its asker said of it.
    """

    number: str
    question: str
    kind: EntryKind
    unit_name: str
    state: EntryState
    received_at: datetime
    due_on: date
    workdays: int
    extended_workdays: int
    is_provisional: bool
    proof: Sequence[DayProof]
    informed_at: datetime | None
    reply: LedgerReply | None
    withheld: str
    rated: Satisfaction | None

    @property
    def may_rate(self) -> bool:
        """Whether its asker can still say whether the reply satisfies."""
        return self.reply is not None and self.rated is None

    @property
    def is_awaited(self) -> bool:
        """Whether its asker still waits for a reply."""
        return self.state not in _TOLD and self.state not in FINISHED


def find_left(session: Session, number: str, code: str) -> tuple[PublicQuestion, LedgerEntry]:
    """Return the question of this number and code; raises UnknownQuestionError."""
    named = "".join(number.upper().split())[:NUMBER_CHARACTERS]
    entry = session.exec(select(LedgerEntry).where(LedgerEntry.number == named)).one_or_none()
    statement = select(PublicQuestion).where(
        PublicQuestion.entry_id == (entry.id if entry is not None else None)
    )
    left = session.exec(statement.order_by(col(PublicQuestion.id))).all()
    found = matching(left, named, plain_code(code)[: CODE_SIGNS + 1])
    if entry is None or found is None:
        raise UnknownQuestionError(
            "编号或查询码不对，或已过保存期限；请核对后再试，或拨打 12345 查询"
        )
    return found, entry


def state_of(
    session: Session, left: PublicQuestion, entry: LedgerEntry, *, calendar: WorkCalendar
) -> QuestionState:
    """Return the question as its asker reads it."""
    due = proof_of(entry, calendar)
    reply, withheld = reply_shown(session, left, entry)
    return QuestionState(
        number=entry.number,
        question=_question_shown(left, entry),
        kind=entry.kind,
        unit_name=session.get_one(Unit, entry.unit_id).name,
        state=entry.state,
        received_at=entry.received_at,
        due_on=entry.due_on,
        workdays=entry.limit_workdays,
        extended_workdays=entry.extended_workdays,
        is_provisional=entry.due_provisional,
        proof=due.proof if due.due_on == entry.due_on else (),
        informed_at=entry.informed_at,
        reply=reply,
        withheld=withheld,
        rated=left.satisfaction,
    )


def _question_shown(left: PublicQuestion, entry: LedgerEntry) -> str:
    """Return the question, of an entry that is somebody else's the matter alone, as both put it.

    Their greeting and what they said of themselves, though masked, is for nobody else.
    """
    is_theirs = not left.is_own and entry.kind is EntryKind.CONSULTATION
    return matching_form(entry.question) if is_theirs else entry.question


def reply_shown(
    session: Session, left: PublicQuestion, entry: LedgerEntry
) -> tuple[LedgerReply | None, str]:
    """Return the approved reply, or None and why it is not shown, "" while there is none.

    One that is not for everybody is for its asker alone: the words of a question prove nothing,
    so who only asked the same does not read it.
    """
    reply = last_reply(session, entry) if entry.state in _TOLD else None
    if reply is None or reply.approved_at is None:
        return None, ""
    is_alone = left.is_own and entry.joined_to_id is None
    if not reply.is_public and not is_alone:
        return None, _NOT_PUBLIC
    pair = session.get(QAPair, entry.pair_id) if entry.pair_id else None
    is_gone = pair is not None and pair.status in (PairStatus.SUSPENDED, PairStatus.WITHDRAWN)
    if is_gone and entry.kind is EntryKind.CONSULTATION and not entry.pair_declined:
        return None, _GONE
    return reply, ""


def rate_reply(
    session: Session,
    left: PublicQuestion,
    entry: LedgerEntry,
    satisfaction: Satisfaction,
    *,
    now: datetime,
) -> None:
    """Record whether the reply satisfies its asker, who has thereby been told it.

    Where the asker was still to be called, that is recorded as a call that reached them. Raises
    RatingRefusedError.
    """
    reply, _ = reply_shown(session, left, entry)
    if reply is None:
        raise RatingRefusedError("还没有可以评价的答复")
    if left.satisfaction is not None:
        raise RatingRefusedError("已经评价过，谢谢您")
    left.satisfaction, left.rated_at = satisfaction, now
    session.add(left)
    if left.is_own and entry.state is EntryState.APPROVED:
        record_call(
            session,
            entry,
            Command(PUBLIC.with_role(Role.OPERATOR), now),
            outcome=CallOutcome.REACHED,
            note=_READ_BY_ASKER,
            satisfaction=satisfaction,
        )
    session.flush()


def ratings_of_entry(session: Session, entry_id: int | None) -> list[Satisfaction]:
    """Return what citizens said at the desk of the reply to an entry, the first one first."""
    statement = select(PublicQuestion.satisfaction).where(
        PublicQuestion.entry_id == entry_id, col(PublicQuestion.satisfaction).is_not(None)
    )
    rated = session.exec(statement.order_by(col(PublicQuestion.rated_at))).all()
    return [Satisfaction(one) for one in rated if one is not None]


def forget_left(session: Session, *, now: datetime, days: int) -> int:
    """Delete what makes questions readable ``days`` after their end; return how many.

    The entries stay; their askers are erased as all are (``QA_PURGE_DAYS``).
    """
    ended = select(LedgerEntry.id).where(
        col(LedgerEntry.state).in_(FINISHED), col(LedgerEntry.closed_at) < now - timedelta(days)
    )
    gone = session.execute(delete(PublicQuestion).where(col(PublicQuestion.entry_id).in_(ended)))
    return gone.rowcount if isinstance(gone, CursorResult) else 0
