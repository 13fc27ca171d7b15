"""Notices to units about a document: its end ahead, and what became of their answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.errors import NotFoundError
from qa_service.knowledge.models import PairBasis, QAPair, stored_id
from qa_service.knowledge.policy_models import PolicyDocument, PolicyEnding, PolicyNotice
from qa_service.knowledge.premises import stays_the_end
from qa_service.knowledge.rules import ENDED
from qa_service.outbox.events import PolicyNoticed, UnitMail
from qa_service.outbox.premises import Premises, day_lasts
from qa_service.outbox.service import enqueue
from qa_service.vocabulary import EndingState, PairStatus, PolicyNoticeKind

AHEAD = ((PolicyNoticeKind.IN_A_MONTH, 30), (PolicyNoticeKind.IN_A_WEEK, 7))
"""The notices of an end ahead, with the days before it, the earliest first."""


class NoticeNotFoundError(NotFoundError):
    """None of the unit's notices has this id."""

    code = "policy_notice_not_found"
    title = "没有这条提醒"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as units are told it; ``occasion`` is unique within a document and a unit.

    Its mail leaves only while what it ``rests_on`` is true.
    """

    kind: PolicyNoticeKind
    occasion: str
    text: str
    ends_on: date
    rests_on: Premises


def tell_units(
    session: Session,
    document: PolicyDocument,
    unit_ids: Collection[int],
    notice: Notice,
    *,
    now: datetime,
) -> int:
    """Tell each unit once: in its work list, by event and by mail. Return how many were told."""
    if not unit_ids:
        return 0
    rows = [
        {
            "document_id": stored_id(document),
            "unit_id": unit_id,
            "kind": notice.kind,
            "occasion": notice.occasion,
            "text": notice.text,
            "created_at": now,
        }
        for unit_id in sorted(unit_ids)
    ]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(PolicyNotice)
        .on_conflict_do_nothing(index_elements=["document_id", "unit_id", "occasion"])
        .returning(col(PolicyNotice.unit_id))
    )
    told = [unit_id for (unit_id,) in session.execute(statement, rows).all()]
    for unit in session.exec(select(Unit).where(col(Unit.id).in_(told))).all():
        _send(session, document, unit, notice, now=now)
    return len(told)


def tell_of_ends_ahead(session: Session, *, now: datetime) -> int:
    """Tell the units of documents that end in 30 or 7 days, once each; return how many notices.

    These are the owner and the units whose published answers rest on the document. An end that
    is proposed and not yet confirmed counts as well.
    """
    today = beijing_day(now)
    told = 0
    for document, ends_on in _ending_soon(session, today):
        kind = _stage(today, ends_on)
        resting = f"，本单位以它为依据的答复届时失效，请及早重新办理：《{document.title}》"
        text = f"政策文件将于 {ends_on.isoformat()} 失效{resting}"
        occasion = f"{kind.value}:{ends_on.isoformat()}"
        units = units_concerned(session, document)
        premises = (stays_the_end(document, ends_on), day_lasts(ends_on - timedelta(days=1)))
        notice = Notice(kind, occasion, text, ends_on, premises)
        told += tell_units(session, document, units, notice, now=now)
    return told


def units_concerned(session: Session, document: PolicyDocument) -> set[int]:
    """Return the owning unit and the units of the published answers that rest on the document."""
    statement = (
        select(QAPair.unit_id)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .where(
            PairBasis.document_id == document.id,
            col(QAPair.status).in_([PairStatus.PUBLISHED, PairStatus.SUSPENDED]),
        )
        .distinct()
    )
    owner = set() if document.unit_id is None else {document.unit_id}
    return owner | set(session.exec(statement).all())


def unseen_notices(
    session: Session, within: Within, *, limit: int = 100
) -> Sequence[tuple[PolicyNotice, PolicyDocument]]:
    """Return the unseen notices of some units or of all, the newest first, with the document."""
    statement = (
        select(PolicyNotice, PolicyDocument)
        .join(PolicyDocument, col(PolicyDocument.id) == PolicyNotice.document_id)
        .where(col(PolicyNotice.seen_at).is_(None))
        .order_by(col(PolicyNotice.id).desc())
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(PolicyNotice.unit_id).in_(within))
    return session.exec(statement).all()


def mark_notice_seen(
    session: Session, notice_id: int, within: Within, *, actor: Actor, now: datetime
) -> None:
    """Take a notice off the unit's work list; raises NoticeNotFoundError."""
    notice = session.get(PolicyNotice, notice_id)
    if notice is None or (within is not None and notice.unit_id not in within):
        raise NoticeNotFoundError("提醒不存在，或不属于您的单位")
    if notice.seen_at is None:
        notice.seen_by, notice.seen_by_person_id, notice.seen_by_key_id = actor.recorded
        notice.seen_at = now
        session.add(notice)
        session.flush()


def close_notices(session: Session, document: PolicyDocument, *, by: Actor, now: datetime) -> None:
    """Take the unseen notices about a document off the work lists: its end was taken back."""
    name, person_id, key_id = by.recorded
    unseen = update(PolicyNotice).where(
        col(PolicyNotice.document_id) == document.id, col(PolicyNotice.seen_at).is_(None)
    )
    session.execute(
        unseen.values(seen_at=now, seen_by=name, seen_by_person_id=person_id, seen_by_key_id=key_id)
    )


def _ending_soon(session: Session, today: date) -> list[tuple[PolicyDocument, date]]:
    last = today + timedelta(days=AHEAD[0][1])
    marked = select(PolicyDocument, col(PolicyDocument.invalid_since)).where(
        col(PolicyDocument.validity).in_(ENDED),
        col(PolicyDocument.invalid_since) > today,
        col(PolicyDocument.invalid_since) <= last,
    )
    proposed = (
        select(PolicyDocument, col(PolicyEnding.invalid_since))
        .join(PolicyEnding, col(PolicyEnding.document_id) == PolicyDocument.id)
        .where(
            PolicyEnding.state == EndingState.PROPOSED,
            col(PolicyEnding.invalid_since) > today,
            col(PolicyEnding.invalid_since) <= last,
        )
    )
    found = [*session.exec(marked).all(), *session.exec(proposed).all()]
    return [(document, ends_on) for document, ends_on in found if ends_on is not None]


def _stage(today: date, ends_on: date) -> PolicyNoticeKind:
    """Return the latest notice that is due by ``today``."""
    left = (ends_on - today).days
    return [kind for kind, days in AHEAD if left <= days][-1]


def _send(
    session: Session, document: PolicyDocument, unit: Unit, notice: Notice, *, now: datetime
) -> None:
    event = PolicyNoticed(
        policy_id=stored_id(document),
        key=document.key,
        unit=unit.key,
        kind=notice.kind.value,
        text=notice.text,
        ends_on=notice.ends_on,
    )
    enqueue(session, event, now=now)
    if unit.email:
        mail = UnitMail(
            number=event.subject,
            to=unit.email,
            title=f"【政策咨询】政策文件{notice.kind.label}：{document.title}",
            text=f"{unit.name}：\n{notice.text}\n请登录政策咨询问答库办理。",
            rests_on=notice.rests_on,
        )
        enqueue(session, mail, now=now)
