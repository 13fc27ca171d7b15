"""The daily mail (每日待办邮件): each person is told how much of what waits for them, by kind.

It names kinds, numbers and the earliest day, and nothing of questions or answers: who wants to
read on signs in. What is work for months is told in its list alone (``LISTED_ALONE``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.mailboxes.addressees import Addressee
from qa_service.accounts.models import User
from qa_service.clock import BEIJING
from qa_service.knowledge.premises import to_person
from qa_service.outbox.events import UnitMail
from qa_service.outbox.premises import day_lasts
from qa_service.outbox.service import enqueue
from qa_service.reporting.pending.items import PendingKind, PendingSection, Watch
from qa_service.reporting.pending.work import pending_sections

LISTED_ALONE = frozenset({PendingKind.ADOPTION, PendingKind.GAPS, PendingKind.ENDING_SOON})
"""Kinds that are work for months: whoever has them knows, and a mail a day would not be read."""

_TO_OPEN = "请登录政策咨询问答库，在“我的待办”中办理"


@dataclass(frozen=True, slots=True)
class DailyMail:
    """The mail of one person for one day; ``mail`` is None where nothing waits."""

    user_id: int
    day: date
    mail: UnitMail | None


def people_to_tell(session: Session, *, day: date) -> Sequence[int]:
    """Return the ids of active accounts with an address of their own not yet told on ``day``."""
    statement = select(User.id).where(
        col(User.is_active), col(User.email).is_not(None), _is_untold(day)
    )
    return [one for one in session.exec(statement.order_by(col(User.id))).all() if one is not None]


def daily_mail(session: Session, user_id: int, watch: Watch, *, public_url: str) -> DailyMail:
    """Return the mail of one person about what waits at the moment of ``watch``."""
    user = session.get_one(User, user_id)
    found = pending_sections(session, Actor.of_user(user), watch)
    sections = [one for one in found if one.kind not in LISTED_ALONE]
    mail = _written(user, sections, watch, public_url) if sections and user.email else None
    return DailyMail(user_id, watch.today, mail)


def queue_daily_mail(session: Session, told: DailyMail, *, now: datetime) -> bool:
    """Enqueue the mail unless the person was told on its day; return whether one was enqueued.

    The mark of the day is set in any case, by one statement that only one transaction can win.
    """
    statement = (
        update(User)
        .where(col(User.id) == told.user_id, _is_untold(told.day))
        .values(told_on=told.day)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    is_first = isinstance(result, CursorResult) and result.rowcount == 1
    if not is_first or told.mail is None:
        return False
    enqueue(session, told.mail, now=now)
    return True


def _is_untold(day: date) -> ColumnElement[bool]:
    return or_(col(User.told_on).is_(None), col(User.told_on) < day)


def _written(
    user: User, sections: Sequence[PendingSection], watch: Watch, public_url: str
) -> UnitMail:
    count = sum(one.count for one in sections)
    at = f"{watch.now.astimezone(BEIJING):%H:%M}"
    address = f"：{public_url.rstrip('/')}/todo" if public_url else ""
    lines = (
        f"{user.display_name}：",
        f"截至今天 {at}，等您办理的有 {count} 件：",
        *(_line(one, watch.today) for one in sections),
        f"{_TO_OPEN}{address}",
    )
    title = f"【政策咨询】今日待办 {count} 件"
    to = Addressee(user.display_name, user.email or "", user.id)
    premises = (day_lasts(watch.today), *to_person(to))
    return UnitMail(f"todo-{user.id}", to.address, title, "\n".join(lines), premises)


def _line(section: PendingSection, today: date) -> str:
    """Return a kind with its number, and the earliest day if its items have one."""
    days = [item.due_on for item in section.items if item.due_on is not None]
    if not days:
        return f"{section.kind.label} {section.count} 件"
    first = min(days)
    late = "，已超期" if first < today else ""
    return f"{section.kind.label} {section.count} 件，最早的期限 {first.isoformat()}{late}"
