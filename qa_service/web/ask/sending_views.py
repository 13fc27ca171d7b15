"""View models of sending an answer: the ways, the link, the form, what was sent before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from qa_service.consultation.models import Consultation
from qa_service.consultation.sending.links import public_link, send_channels, told_answer
from qa_service.consultation.sending.service import SentLine, sent_of
from qa_service.vocabulary import SendChannel
from qa_service.web.kit.visit import PageContext


@dataclass(frozen=True, slots=True)
class SendForm:
    """The form as it was typed and refused."""

    channel: SendChannel | None = None
    to: str = ""
    problems: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendView:
    """An answer that can be sent: its link and key, the ways set up, and what was sent before."""

    link: str
    key: str
    channels: Sequence[SendChannel]
    lines: Sequence[SentLine]
    form: SendForm


def send_view(
    visit: PageContext, session: Session, consultation: Consultation, form: SendForm | None
) -> SendView | None:
    """Return what is shown; None where the answer has no public page or none was told."""
    settings = visit.services.settings
    view = told_answer(session, consultation, day=visit.today)
    link = public_link(view, settings) if view else None
    if view is None or link is None:
        return None
    lines = sent_of(session, consultation.id)
    return SendView(link, view.key, send_channels(settings), lines, form or SendForm())
