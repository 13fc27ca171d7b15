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
from qa_service.knowledge.policies import service as policies
from qa_service.knowledge.policies.service import PolicyContent
from qa_service.knowledge.review import service as review
from qa_service.knowledge.review.service import Signature
from qa_service.ledger.hand_over import tell_rework
from qa_service.ledger.workflow.closing import close_for_pairs


def sign_pair(
    session: Session,
    pair: QAPair,
    signature: Signature,
    *,
    by: Actor,
    stages: int,
    now: datetime,
) -> bool:
    """Sign one stage of a pair's review; return whether that published the pair.

    Raises what ``review.service.sign`` raises.
    """
    is_published = review.sign(session, pair, signature, by=by, stages=stages, now=now)
    if is_published:
        close_for_pairs(session, [stored_id(pair)], now=now)
    return is_published


def withdraw_pair(session: Session, pair: QAPair, reason: str, *, by: Actor, now: datetime) -> None:
    """Withdraw a pair for a stated reason."""
    pairs.withdraw_pair(session, pair, reason, by=by, now=now)
    close_for_pairs(session, [stored_id(pair)], now=now)


def change_policy(
    session: Session,
    document: PolicyDocument,
    content: PolicyContent,
    *,
    by: Actor,
    now: datetime,
    text: str | None = None,
) -> list[int]:
    """Store the content of a policy document; return the ids of the pairs withdrawn with it.

    The units of these pairs are mailed that their answers await rework (返工). Raises
    what ``policies.service.change_policy`` raises.
    """
    withdrawn = policies.change_policy(session, document, content, by=by, now=now, text=text)
    close_for_pairs(session, withdrawn, now=now)
    tell_rework(session, withdrawn, now=now)
    return withdrawn
