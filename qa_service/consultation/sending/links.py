"""Addresses that messages lead to, as far as they are reached from outside, and their ways."""

from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import PairView
from qa_service.settings import Settings
from qa_service.vocabulary import SendChannel


def public_link(view: PairView, settings: Settings) -> str | None:
    """Return the address of the answer's public page; None for an answer that has none.

    It is that at the public desk where the desk shows the answer, else that of the service.
    """
    if settings.desk_url and is_public(view, tells_unsigned=False):
        return f"{settings.desk_url}/desk/answers/{view.key}"
    if settings.public_url and is_public(view, tells_unsigned=settings.tell_unsigned):
        return f"{settings.public_url}/answers/{view.key}"
    return None


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
