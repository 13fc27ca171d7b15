"""Brings a pair through the whole review, as three reviewers and a confidentiality officer do."""

from datetime import datetime

from actors import person
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.knowledge.gates import statements_of
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.grounds import state_ground
from qa_service.knowledge.review.plan import default_table
from qa_service.knowledge.review.progress import review_state
from qa_service.knowledge.review.service import send_back, sign, submit
from qa_service.knowledge.review.signing import Signature
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Stage, Statement

TABLE = default_table(3)

SIGNERS = {
    rule.stage: person(f"{rule.stage}-signer", Authority.of({rule.role})) for rule in TABLE.rules
}
"""Who signs each stage."""

EVERYBODY = frozenset(Role)

AFFIRMED = [statement.value for statement in Statement]
"""Every statement of every gate, as forms and REST send it."""


def statements_for(stage: Stage) -> tuple[Statement, ...]:
    """What the default table asks at ``stage``."""
    rule = TABLE.rule(stage)
    assert rule is not None
    return statements_of(rule.gates)


def sign_next(session: Session, pair: QAPair, stage: Stage, *, now: datetime) -> bool:
    """Whether the signature of the right person for ``stage`` published the pair."""
    seen = review_state(session, pair, table=TABLE).seen_hash
    signature = Signature(stage, seen, True, True, statements_for(stage))
    return sign(session, pair, signature, by=SIGNERS[stage], table=TABLE, now=now)


def return_pair(
    session: Session, pair: QAPair, reason: str, *, now: datetime, stage: Stage = Stage.FIRST
) -> None:
    """The right person for ``stage`` returns the pair as it is to its author."""
    seen, by = review_state(session, pair, table=TABLE).seen_hash, SIGNERS[stage]
    send_back(session, pair, stage, reason, seen_hash=seen, by=by, table=TABLE, now=now)


def give_ground(session: Session, pair: QAPair, reason: str, *, now: datetime, by: Actor) -> None:
    """A second person's reason for publishing what is in work without a public basis."""
    seen = review_state(session, pair, table=TABLE).seen_hash
    state_ground(session, pair, reason, seen_hash=seen, last_stage=TABLE.last_main, by=by, now=now)


def publish_pair(session: Session, pair: QAPair, *, now: datetime) -> None:
    """Submit the pair and sign every stage."""
    submit(session, pair, by=person("editor"), now=now, despite_advice=True)
    done = [sign_next(session, pair, stage, now=now) for stage in Stage]
    assert done == [False, False, False, True]


def publish(services: Services, pair_id: int) -> None:
    """The same in a transaction of its own."""
    with session_scope(services.database) as session:
        publish_pair(session, find_pair(session, pair_id), now=services.clock.now())
