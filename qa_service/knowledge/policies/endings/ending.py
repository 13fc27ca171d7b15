"""The end of a document (失效、废止): proposed by one person, decided by another, taken back.

The proposal suspends the published answers that rest on the document at once (中止告知), or on
the day from which it ends. A second person's yes marks the document and withdraws the answers
with a rework task each; a no puts them back. ``restore`` takes a slip back in one step.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.acts import Act
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.policies.citing import find_cited
from qa_service.knowledge.policies.endings.ending_record import (
    LIBRARY,
    InvalidEndingError,
    NoEndingError,
    audit,
    begin,
    masked_reason,
    open_ending,
    reason_problems,
    tell,
)
from qa_service.knowledge.policies.fallen import fallen_pairs, note_fallen
from qa_service.knowledge.policies.permissions import require_decider, require_keeper
from qa_service.knowledge.policies.withdrawal import (
    Withdrawal,
    pairs_resting_on,
    suspend,
    withdraw_for_rework,
    withdraw_resting_on,
)
from qa_service.knowledge.policy_models import PolicyDocument, PolicyEnding
from qa_service.knowledge.rules import ENDED, is_in_force
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import EndingState, PairStatus, PolicyNoticeKind, Validity

_TOLD = (PairStatus.PUBLISHED, PairStatus.SUSPENDED)


class AlreadyEndedError(ConflictError):
    """The document has ended, or its end waits for the second person."""

    code = "policy_already_ended"
    title = "文件已失效或待确认"


@dataclass(frozen=True, slots=True)
class EndingContent:
    """A proposed end: the mark, the first day no longer in force, the reason, the successor."""

    validity: Validity
    invalid_since: date | None
    reason: str
    replaced_by: str | None = None


def endings_to_decide(session: Session) -> list[tuple[PolicyEnding, PolicyDocument]]:
    """Return the ends that wait for a second person, the oldest first."""
    statement = (
        select(PolicyEnding, PolicyDocument)
        .join(PolicyDocument, col(PolicyDocument.id) == PolicyEnding.document_id)
        .where(PolicyEnding.state == EndingState.PROPOSED)
        .order_by(col(PolicyEnding.id))
    )
    return list(session.exec(statement).all())


def propose_ending(
    session: Session,
    document: PolicyDocument,
    content: EndingContent,
    *,
    by: Actor,
    now: datetime,
) -> PolicyEnding:
    """Propose the end of a document, which suspends its answers from the day it ends.

    Raises PolicyOwnerOnlyError, AlreadyEndedError or InvalidEndingError before anything is
    written.
    """
    by.require_person(Act.CHANGE_POLICY)
    begin(session, document)
    require_keeper(by, document)
    if open_ending(session, document) is not None or document.validity in ENDED:
        raise AlreadyEndedError(f"《{document.title}》已失效、废止，或已提出而待另一人确认")
    replaced_by = check_ending(session, document, content)
    ending = PolicyEnding(
        document_id=stored_id(document),
        state=EndingState.PROPOSED,
        validity=content.validity,
        invalid_since=content.invalid_since or beijing_day(now),
        replaced_by=replaced_by or document.replaced_by,
        reason=masked_reason(content.reason),
        former_validity=document.validity,
        former_replaced_by=document.replaced_by,
        proposed_by=by.name,
        proposed_by_person_id=by.person_id,
        proposed_by_key_id=by.api_key_id,
        proposed_at=now,
    )
    session.add(ending)
    session.flush()
    suspend_answers(session, document, ending, by=by, now=now)
    audit(session, document, ending, f"提出{content.validity}", by=by, now=now)
    return ending


def suspend_answers(
    session: Session, document: PolicyDocument, ending: PolicyEnding, *, by: Actor, now: datetime
) -> list[int]:
    """Suspend the published answers of a proposed end whose day has come; return their ids."""
    if ending.invalid_since > beijing_day(now):
        return []
    resting = pairs_resting_on(session, stored_id(document), _TOLD)
    published = [pair for pair in resting if pair.status is PairStatus.PUBLISHED]
    note_fallen(session, ending, resting, now=now)
    reason = f"依据《{document.title}》拟{ending.validity}，待确认"
    suspended = suspend(session, [Withdrawal(pair, reason) for pair in published], now=now, by=by)
    if suspended or ending.proposed_at == now:
        text = f"《{document.title}》拟自 {ending.invalid_since.isoformat()} 起{ending.validity}，"
        text += f"以它为依据的答复已中止告知，待另一人确认。理由：{ending.reason}"
        tell(session, document, ending, PolicyNoticeKind.SUSPENDED, text, now=now)
    return suspended


def suspend_due(session: Session, *, now: datetime) -> int:
    """Suspend the answers of every proposed end whose day has come; return how many.

    Call it before anything else is written: its lock comes first in every transaction.
    """
    lock_for_transaction(session, LIBRARY)
    return sum(
        len(suspend_answers(session, document, ending, by=CLOCKWORK, now=now))
        for ending, document in endings_to_decide(session)
    )


def confirm_ending(
    session: Session,
    document: PolicyDocument,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> list[int]:
    """Confirm the proposed end as the second person; return the ids of the withdrawn pairs.

    An end that lies ahead withdraws nothing yet: the answers hold until the day. ``seen`` is
    the id of the end that the person was shown, if the caller knows it.
    Raises NoEndingError or NotYourDecisionError.
    """
    by.require_person(Act.CONFIRM_ENDING)
    ending = to_decide(session, document, by, seen)
    decide(ending, EndingState.CONFIRMED, "", by=by, now=now)
    document.validity, document.invalid_since = ending.validity, ending.invalid_since
    document.replaced_by = ending.replaced_by
    session.add_all((ending, document))
    session.flush()
    withdrawn = _withdraw_suspended(session, document, ending, by=by, now=now)
    if not is_in_force(document, beijing_day(now)):
        withdrawn += withdraw_resting_on(session, document, now=now, by=by)
        text = f"《{document.title}》已{ending.validity}（{ending.invalid_since.isoformat()} 起），"
        text += "以它为依据的答复已撤回，请在“清理返工”中重新办理"
        tell(session, document, ending, PolicyNoticeKind.ENDED, text, now=now)
    audit(session, document, ending, f"确认{ending.validity}", by=by, now=now)
    return withdrawn


def to_decide(
    session: Session, document: PolicyDocument, by: Actor, seen: int | None = None
) -> PolicyEnding:
    """Return the proposed end for its decision; raises NoEndingError or NotYourDecisionError."""
    begin(session, document)
    ending = open_ending(session, document)
    if ending is None:
        raise NoEndingError(
            f"《{document.title}》没有待确认的失效或废止，可能已由他人办理，不必再办"
        )
    session.refresh(ending)
    require_decider(by, document, ending)
    if seen not in (None, ending.id):
        raise NoEndingError(f"《{document.title}》已另行提出失效或废止，请按新的内容核对后再办")
    return ending


def decide(
    ending: PolicyEnding, state: EndingState, reason: str, *, by: Actor, now: datetime
) -> None:
    """Write the decision and its author into the end."""
    ending.state, ending.decided_at, ending.decision_reason = state, now, reason
    ending.decided_by, ending.decided_by_person_id, ending.decided_by_key_id = by.recorded


def _withdraw_suspended(
    session: Session, document: PolicyDocument, ending: PolicyEnding, *, by: Actor, now: datetime
) -> list[int]:
    """Withdraw the answers that the proposal suspended, with a rework task for each."""
    reason = f"依据《{document.title}》已{ending.validity}"
    suspended: list[QAPair] = [
        pair for pair in fallen_pairs(session, ending) if pair.status is PairStatus.SUSPENDED
    ]
    withdrawals = [Withdrawal(pair, reason, document.id) for pair in suspended]
    return withdraw_for_rework(session, withdrawals, now=now, by=by)


def check_ending(session: Session, document: PolicyDocument, content: EndingContent) -> str | None:
    """Return the key of the successor; raises InvalidEndingError naming every fault."""
    problems: list[FieldProblem] = []
    if content.validity not in ENDED:
        problems.append(FieldProblem("validity", "请选择“失效”或“废止”"))
    if content.invalid_since is None:
        problems.append(FieldProblem("invalid_since", "请填写失效日期"))
    elif document.effective_from and content.invalid_since < document.effective_from:
        message = f"失效日期早于施行日期（{document.effective_from}），请核对"
        problems.append(FieldProblem("invalid_since", message))
    problems += reason_problems(content.reason)
    named = display_clean(content.replaced_by or "")
    replaced_by = find_cited(session, named).key if named else None
    if named and replaced_by is None:
        message = f"政策库中没有“{named}”，请先录入替代文件，或填写它的文号、标题"
        problems.append(FieldProblem("replaced_by", message))
    if problems:
        message = "请补全失效或废止的信息：" + "；".join(one.message for one in problems)
        raise InvalidEndingError(message, problems=tuple(problems))
    return replaced_by
