"""Premises of queued messages: true as a message is queued, and to be so as it leaves.

A mail server or gateway can be down for a day: until it is back an entry may have been settled, a
pair handed in again, the end of a document moved. What such a message says is then wrong, and it
must not leave. The room that owns what a premise is about builds it and says whether it holds;
``docs/operations.md`` lists the premises of each kind of message.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.outbox.models import OutboxEvent
from qa_service.vocabulary import LabelledEnum

BETWEEN_PREMISES = " "


class PremiseKind(LabelledEnum):
    """A fact that a message rests on; the label tells why one was void that rested on it."""

    DAY = "day", "当日已过"
    PERSON = "person", "收件人的账号已停用"
    LINK = "link", "链接已作废"
    RUNNING = "running", "台账已办结"
    LEAD = "lead", "台账已改派"
    TURN = "turn", "台账已不待收件人办理"
    RELEASED = "released", "台账又交该单位办理"
    OPINION = "opinion", "协办意见已提交或不再需要"
    EXTENSION = "extension", "延期申请已办理"
    DUE = "due", "台账的期限已调整"
    TASK = "task", "任务已上报、销号、撤销、移交或调整时限"
    RETURNED = "returned", "问答已重新送审、发布或撤回"
    PAIRS_DUE = "pairs_due", "问答已复核、更新或撤回"
    REWORK = "rework", "返工已了结"
    ENDS_ON = "ends_on", "政策文件的失效日期已变更"
    ENDING = "ending", "政策文件的失效或废止已另行办理"
    CORRECTION = "correction", "政策文件的更正已另行办理"


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing that a message rests on; ``value`` tells which, and holds no blank."""

    kind: PremiseKind
    value: str = ""

    def __str__(self) -> str:
        """Return the premise as it is stored."""
        return f"{self.kind}:{self.value}"

    @classmethod
    def read(cls, stored: str) -> Self:
        """Return the premise that was stored; its kind may be one of a newer release."""
        kind, _, value = stored.partition(":")
        return cls(PremiseKind.from_storage(kind), value)


Premises = Sequence[Premise]


def read_premises(stored: str) -> tuple[Premise, ...]:
    """Return the premises of a stored message; none for an empty text."""
    return tuple(Premise.read(one) for one in stored.split(BETWEEN_PREMISES) if one)


def write_premises(premises: Premises) -> str:
    """Return premises as one text, as they are stored with a message."""
    return BETWEEN_PREMISES.join(str(one) for one in premises)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A message about to leave at ``now``.

    Without ``takes_links`` the service takes no reply by a link.
    """

    event: OutboxEvent
    now: datetime
    takes_links: bool = True


Check = Callable[[Session, Leaving, str], bool]
"""Returns whether a premise of a given value holds for a message."""


def day_lasts(day: date) -> Premise:
    """Return the premise that a day is not over."""
    return Premise(PremiseKind.DAY, day.isoformat())


def _lasts(_session: Session, leaving: Leaving, value: str) -> bool:
    return beijing_day(leaving.now).isoformat() <= value


PREMISES: Mapping[PremiseKind, Check] = {PremiseKind.DAY: _lasts}
"""How the premises are checked that are about nothing but time."""


def broken_premise(
    session: Session, leaving: Leaving, checks: Mapping[PremiseKind, Check]
) -> PremiseKind | None:
    """Return what the message rests on that holds no more; None while everything does.

    A premise without a check, of a newer release, is taken to hold.
    """
    for premise in read_premises(str(leaving.event.payload.get("rests_on", ""))):
        check = checks.get(premise.kind)
        if check is not None and not check(session, leaving, premise.value):
            return premise.kind
    return None
