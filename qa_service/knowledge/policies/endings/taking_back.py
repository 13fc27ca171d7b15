"""The end of a document refused by the second person, or taken back as a slip."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.clock import beijing_day
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.policies.endings.ending import decide, to_decide
from qa_service.knowledge.policies.endings.ending_record import (
    NoEndingError,
    audit,
    begin,
    checked_reason,
    masked_reason,
    tell,
)
from qa_service.knowledge.policies.endings.restoring import put_back_unobstructed
from qa_service.knowledge.policies.fallen import fallen_pairs, last_ending, unchanged_pairs
from qa_service.knowledge.policies.notices import close_notices
from qa_service.knowledge.policies.permissions import require_keeper
from qa_service.knowledge.policy_models import PolicyDocument, PolicyEnding
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import EndingState, PolicyNoticeKind, Validity


@dataclass(frozen=True, slots=True)
class Restored:
    """The answers that were put back, and those that were not, because they changed or may not."""

    put_back: list[int]
    left: list[int]


def refuse_ending(
    session: Session,
    document: PolicyDocument,
    reason: str,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> Restored:
    """Refuse the proposed end as the second person, which puts the answers back.

    ``seen`` is the id of the end that the person was shown, if the caller knows it.
    Raises NoEndingError, NotYourDecisionError or InvalidEndingError.
    """
    by.require_person(Act.REFUSE_ENDING)
    ending = to_decide(session, document, by, seen)
    decide(ending, EndingState.REFUSED, checked_reason(reason), by=by, now=now)
    session.add(ending)
    restored = _put_back(session, document, ending, reason, by=by, now=now)
    audit(session, document, ending, f"不同意{ending.validity}", by=by, now=now)
    return restored


def restore(
    session: Session,
    document: PolicyDocument,
    reason: str,
    *,
    by: Actor,
    now: datetime,
    days: int,
) -> Restored:
    """Take the end of a document back: the document is in force again as before.

    Until ``days`` after the end took effect, the answers that fell with it and did not change
    are told again without new signatures; later they must be reviewed again.
    Raises PolicyOwnerOnlyError, NoEndingError or InvalidEndingError.
    """
    by.require_person(Act.RESTORE_POLICY)
    begin(session, document)
    require_keeper(by, document)
    ending = last_ending(session, stored_id(document))
    is_open = ending is not None and ending.state is EndingState.PROPOSED
    if not is_open and document.validity not in ENDED:
        raise NoEndingError(f"《{document.title}》现行有效，没有可恢复的失效或废止")
    reason = checked_reason(reason)
    if ending is None or ending.state not in (EndingState.PROPOSED, EndingState.CONFIRMED):
        document.validity, document.invalid_since = Validity.IN_FORCE, None
        audit(session, document, None, "恢复有效", by=by, now=now)
        return Restored([], [])
    may_put_back = is_open or now <= slip_until(ending, days)
    document.validity, document.invalid_since = ending.former_validity, None
    document.replaced_by = ending.former_replaced_by
    ending.state, ending.restored_at, ending.restore_reason = EndingState.RESTORED, now, reason
    ending.restored_by, ending.restored_by_person_id, ending.restored_by_key_id = by.recorded
    session.add_all((document, ending))
    session.flush()
    left = [stored_id(pair) for pair in fallen_pairs(session, ending)]
    restored = Restored([], left)
    if may_put_back:
        restored = _put_back(session, document, ending, reason, by=by, now=now)
    audit(session, document, ending, "恢复有效", by=by, now=now)
    return restored


def slip_until(ending: PolicyEnding, days: int) -> datetime:
    """Return the moment until which taking the end back puts its answers back."""
    decided = ending.decided_at or ending.proposed_at
    ahead = max(0, (ending.invalid_since - beijing_day(decided)).days)
    return decided + timedelta(days=ahead + days)


def _put_back(
    session: Session,
    document: PolicyDocument,
    ending: PolicyEnding,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> Restored:
    fell = [stored_id(pair) for pair in fallen_pairs(session, ending)]
    unchanged = unchanged_pairs(session, ending)
    back = put_back_unobstructed(session, unchanged, ending, reason, by=by, now=now)
    text = f"《{document.title}》的失效或废止已取消，未改动的答复已恢复告知。"
    text += f"理由：{masked_reason(reason)}"
    close_notices(session, document, by=by, now=now)
    tell(session, document, ending, PolicyNoticeKind.RESTORED, text, now=now)
    return Restored(back, [pair_id for pair_id in fell if pair_id not in back])
