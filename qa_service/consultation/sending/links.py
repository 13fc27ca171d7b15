"""Addresses that messages lead to, as far as they are reached from outside, and their ways."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.sending.service import CannotSendError
from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.settings import Settings
from qa_service.vocabulary import SendChannel


@dataclass(frozen=True, slots=True)
class ToldLink:
    """The answer that was told, and the address of its public page."""

    pair_id: int
    link: str


def public_link(view: PairView, settings: Settings) -> str | None:
    """Return the address of the answer's public page; None for an answer that has none.

    It is that at the public desk where the desk shows the answer, else that of the service.
    """
    if settings.desk_url and is_public(view, tells_unsigned=False):
        return f"{settings.desk_url}/desk/answers/{view.key}"
    if settings.public_url and is_public(view, tells_unsigned=settings.tell_unsigned):
        return f"{settings.public_url}/answers/{view.key}"
    return None


def told_answer(session: Session, consultation: Consultation, *, day: date) -> PairView | None:
    """Return the answer told, as it is on ``day``; None where none was, or that of a past rule."""
    choice = session.get(Choice, consultation.id)
    if choice is None or choice.pair_id is None or consultation.as_of is not None:
        return None
    views = view_pairs(session, [choice.pair_id], day=day, with_variants=False)
    return views[0] if views else None


def told_link(
    session: Session, consultation: Consultation, settings: Settings, *, day: date
) -> ToldLink:
    """Return the link of the answer that was told; raises CannotSendError where there is none."""
    view = told_answer(session, consultation, day=day)
    link = public_link(view, settings) if view else None
    if view is None or link is None:
        raise CannotSendError("没有记录告知了哪一条，或这条答复没有公开的网页，不能发送链接")
    return ToldLink(view.pair_id, link)


def notice_link(settings: Settings) -> str:
    """Return the page at which number and code show a reply; empty where citizens have none."""
    base = settings.desk_url or settings.public_url
    return f"{base}/desk/question" if base and settings.desk_writing else ""


def notice_channels(settings: Settings) -> tuple[SendChannel, ...]:
    """Return the ways by which citizens are told that their reply is there; empty for none."""
    is_on = settings.desk_notices and bool(notice_link(settings))
    return send_channels(settings) if is_on else ()


def send_channels(settings: Settings) -> tuple[SendChannel, ...]:
    """Return the ways by which answers can be sent, as they are set up."""
    offered = {
        SendChannel.SMS: bool(settings.sms_url),
        SendChannel.MAIL: bool(settings.smtp_host and settings.smtp_sender),
    }
    return tuple(channel for channel, is_offered in offered.items() if is_offered)


def require_channel(channel: SendChannel | None, settings: Settings) -> SendChannel:
    """Return ``channel`` if it is set up; raises CannotSendError."""
    if channel is None or channel not in send_channels(settings):
        raise CannotSendError("没有设置这种发送方式，请联系管理员")
    return channel
