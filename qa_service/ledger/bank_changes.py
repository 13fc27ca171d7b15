"""Changes of the bank that also close the ledger entries they complete.

``knowledge`` does not depend on the ledger: it returns the ids of the changed pairs, and the
entries that waited for these pairs are closed (销号) in the same transaction. Entries completed
by an import or a due date are closed by the scheduled job.
"""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.knowledge.models import PolicyDocument, QAPair, stored_id
from qa_service.knowledge.pairs import service as pairs
from qa_service.knowledge.policies import corrections
from qa_service.knowledge.policies.endings import ending
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.knowledge.review import service as review
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.signing import Signature
from qa_service.ledger.workflow.closing import close_for_pairs


def sign_pair(
    session: Session,
    pair: QAPair,
    signature: Signature,
    *,
    by: Actor,
    table: StageTable,
    now: datetime,
) -> bool:
    """Sign a stage of a pair's review, or a part of it; return whether that published the pair.

    Raises what ``review.service.sign`` raises.
    """
    is_published = review.sign(session, pair, signature, by=by, table=table, now=now)
    if is_published:
        close_for_pairs(session, [stored_id(pair)], now=now)
    return is_published


def withdraw_pair(session: Session, pair: QAPair, reason: str, *, by: Actor, now: datetime) -> None:
    """Withdraw a pair for a stated reason."""
    pairs.withdraw_pair(session, pair, reason, by=by, now=now)
    close_for_pairs(session, [stored_id(pair)], now=now)


def confirm_correction(
    session: Session,
    document: PolicyDocument,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> PolicyCorrection:
    """Confirm the correction of a policy document, and close what waited for pairs it withdrew.

    Takes and raises what ``policies.corrections.confirm_correction`` does.
    """
    done = corrections.confirm_correction(session, document, by=by, now=now, seen=seen)
    close_for_pairs(session, [one.pair_id for one in done.suspended], now=now)
    return done


def confirm_ending(
    session: Session,
    document: PolicyDocument,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> list[int]:
    """Confirm the end of a policy document; return the ids of the pairs withdrawn with it.

    Takes and raises what ``policies.ending.confirm_ending`` raises.
    """
    withdrawn = ending.confirm_ending(session, document, by=by, now=now, seen=seen)
    close_for_pairs(session, withdrawn, now=now)
    return withdrawn
