"""The open tasks of a unit or a policy area, which keep it from being retired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from qa_service.accounts.models import ApiKey, Area, Unit, User
from qa_service.accounts.units import led_areas, unit_id
from qa_service.errors import ConflictError
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.task_models import Task
from qa_service.knowledge.tasks.rules import UNFINISHED
from qa_service.knowledge.upkeep_models import ReworkTask, Topic
from qa_service.ledger.models import CoUnit, LedgerEntry, LedgerReply
from qa_service.vocabulary import FINISHED, PairStatus

NAMED = 5
"""How many things of a kind a refusal names."""


class UnitInUseError(ConflictError):
    """The unit still has open entries, pairs, accounts, keys, areas or units below it."""

    code = "unit_in_use"
    title = "单位还有未了事项"


class AreaInUseError(ConflictError):
    """The policy area still has pairs, topics or open entries."""

    code = "area_in_use"
    title = "领域还有未了事项"


@dataclass(frozen=True, slots=True)
class Holding:
    """Things of one kind that a unit or area still has, with the names of the first ones."""

    label: str
    count: int
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as a refusal lists it, such as 在用账号 1 个（li）."""
        more = "等" if self.count > len(self.named) else ""
        names = f"（{'、'.join(self.named)}{more}）" if self.named else ""
        return f"{self.label} {self.count} 个{names}"


def unit_holdings(session: Session, unit: Unit) -> list[Holding]:
    """Return everything a unit must pass on before it is retired."""
    own = unit_id(unit)
    documents = select(PolicyDocument.title).where(PolicyDocument.unit_id == own)
    below = select(Unit.name).where(Unit.parent_id == own, Unit.is_active)
    found = [
        _entries(session, "未销号台账", col(LedgerEntry.unit_id) == own),
        _entries(session, "待协办的台账", _helps(own)),
        _pairs(session, col(QAPair.unit_id) == own),
        _rework(session, own),
        _tasks(session, own),
        _listed("政策文件", session.exec(documents.order_by(PolicyDocument.title)).all()),
        _listed("在用账号", (user.login for user in accounts_of(session, own))),
        _listed("在用密钥", (key.name for key in keys_of(session, own))),
        _listed("牵头领域", led_areas(session, unit)),
        _listed("下级单位", session.exec(below.order_by(Unit.name)).all()),
        _listed("兜底单位的职责", ("",) if unit.is_default else ()),
    ]
    return [one for one in found if one.count]


def area_holdings(session: Session, area: Area) -> list[Holding]:
    """Return everything an area must pass on before it is retired."""
    answered = select(LedgerReply.entry_id).where(LedgerReply.area == area.key)
    concerned = or_(col(LedgerEntry.area) == area.key, col(LedgerEntry.id).in_(answered))
    topics = select(Topic.name).where(Topic.area == area.key).order_by(col(Topic.id))
    found = [
        _entries(session, "未销号台账", concerned),
        _pairs(session, col(QAPair.area) == area.key),
        _listed("入库事项", session.exec(topics).all()),
    ]
    return [one for one in found if one.count]


def told(holdings: Iterable[Holding]) -> str:
    """Return the holdings as one Chinese enumeration."""
    return "，".join(map(str, holdings))


def accounts_of(session: Session, own: int) -> list[User]:
    """Return the active accounts that belong to a unit or have a role limited to it."""
    users = session.exec(select(User).where(User.is_active).order_by(User.login)).all()
    return [
        user
        for user in users
        if user.unit_id == own or any(own in limited for limited in user.role_units.values())
    ]


def keys_of(session: Session, own: int) -> Sequence[ApiKey]:
    """Return the active API keys of a unit."""
    statement = select(ApiKey).where(ApiKey.unit_id == own, ApiKey.is_active)
    return session.exec(statement.order_by(ApiKey.name)).all()


def _helps(own: int) -> ColumnElement[bool]:
    helped = select(CoUnit.entry_id).where(CoUnit.unit_id == own, col(CoUnit.opinion).is_(None))
    return col(LedgerEntry.id).in_(helped)


def _entries(session: Session, label: str, concerned: ColumnElement[bool]) -> Holding:
    statement = select(LedgerEntry.number).where(concerned, col(LedgerEntry.state).not_in(FINISHED))
    return _listed(label, session.exec(statement.order_by(LedgerEntry.number)).all())


def _pairs(session: Session, concerned: ColumnElement[bool]) -> Holding:
    statement = select(func.count()).where(concerned, QAPair.status != PairStatus.WITHDRAWN)
    return Holding("草稿和已发布的问答", session.exec(statement).one())


def _rework(session: Session, own: int) -> Holding:
    statement = select(func.count()).where(
        ReworkTask.unit_id == own, col(ReworkTask.closed_at).is_(None)
    )
    return Holding("返工任务", session.exec(statement).one())


def _tasks(session: Session, own: int) -> Holding:
    statement = select(Task.title).where(Task.unit_id == own, col(Task.state).in_(UNFINISHED))
    return _listed("未销号任务", session.exec(statement.order_by(col(Task.id))).all())


def _listed(label: str, names: Iterable[str]) -> Holding:
    every = list(names)
    return Holding(label, len(every), tuple(filter(None, every[:NAMED])))
