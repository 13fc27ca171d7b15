"""People of a small ledger, and an entry led to any state by their moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from actors import person
from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.accounts.users import create_user
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment, calling, replies
from qa_service.ledger.workflow.replies import ReplyContent
from qa_service.ledger.workflow.steps import Command
from qa_service.vocabulary import (
    CallOutcome,
    PolicyArea,
    Role,
    Satisfaction,
    Statement,
    Validity,
)

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
RULE = "rule"

Register = Callable[..., LedgerEntry]

ANSWER = ReplyContent(
    area=PolicyArea.INVESTMENT,
    question="外商投资项目怎样备案",
    answer="在政务服务网投资项目在线审批监管平台填报备案信息即可。",
    phone_script="在投资项目在线审批监管平台网上填报备案。",
    effective_from=date(2026, 11, 1),
    basis=(Basis(RULE, "第三条"),),
)


def unit_id(session: Session, key: str) -> int:
    return session.exec(select(Unit.id).where(Unit.key == key)).one() or 0


def member(session: Session, key: str, name: str = "承办甲") -> Actor:
    return person(name, Authority.of({Role.UNIT}, unit_id(session, key)))


OPERATOR = person("坐席甲", Authority.of({Role.OPERATOR}))
REVIEWER = person("审核甲", Authority.of({Role.REVIEWER}))
SUPERVISOR = person("督查甲", Authority.of({Role.SUPERVISOR}))


def employ(session: Session, login: str, role: Role, email: str = "") -> None:
    """Give somebody of the unit "tax" an account that nobody signs in with."""
    create_user(
        session,
        login,
        "correct horse battery",
        display_name=f"工作人员{login}",
        roles=[role],
        unit="tax",
        email=email,
        hashed="unused",
        now=MORNING,
    )


def store_rule(session: Session, validity: Validity = Validity.IN_FORCE) -> None:
    if session.exec(select(PolicyDocument).where(PolicyDocument.key == RULE)).first() is None:
        document = PolicyDocument(
            key=RULE,
            title="外商投资备案办法",
            document_number="甲府发〔2026〕1号",
            issuer="甲区人民政府",
            validity=validity,
        )
        session.add(document)
        session.flush()


def step(actor: Actor, now: datetime = MORNING, **given: object) -> Command:
    return replace(Command(actor, now), **given)


@dataclass
class Desk:
    """Moves one entry through its states, at ``now``."""

    session: Session
    now: datetime = MORNING

    def accept(self, entry: LedgerEntry) -> None:
        assignment.accept(self.session, entry, step(self.lead(entry), self.now))

    def draft(self, entry: LedgerEntry, content: ReplyContent = ANSWER) -> None:
        store_rule(self.session)
        replies.draft_reply(self.session, entry, step(self.lead(entry), self.now), content)

    def approve(self, entry: LedgerEntry) -> None:
        reply = replies.last_reply(self.session, entry)
        assert reply is not None
        replies.approve_reply(
            self.session,
            entry,
            step(REVIEWER, self.now),
            reply=reply.number,
            statements=list(Statement),
        )

    def answered(self, entry: LedgerEntry, content: ReplyContent = ANSWER) -> LedgerEntry:
        self.accept(entry)
        self.draft(entry, content)
        self.approve(entry)
        return entry

    def call(
        self,
        entry: LedgerEntry,
        outcome: CallOutcome = CallOutcome.REACHED,
        satisfaction: Satisfaction | None = None,
    ) -> None:
        order = step(OPERATOR, self.now)
        calling.record_call(self.session, entry, order, outcome=outcome, satisfaction=satisfaction)

    def lead(self, entry: LedgerEntry) -> Actor:
        return person("承办甲", Authority.of({Role.UNIT}, entry.unit_id))
