"""Transports of sent answers: the contact is read only as the message leaves."""

from dataclasses import dataclass
from email.errors import MessageError

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.clock import Clock, beijing_day
from qa_service.consultation.sending.models import SentAnswer
from qa_service.errors import ConfigurationError
from qa_service.integration.mail import MailServer
from qa_service.integration.sms import SmsGateway, filled_in
from qa_service.integration.transport import DeliveryError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import find_version, view_pairs
from qa_service.ledger.askers.details import read_asker
from qa_service.ledger.models import Asker
from qa_service.outbox.events import AnswerSent
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope

QUESTION_CHARACTERS = 30
"""Characters of the question in a text message, which is paid for by its length."""

MAIL_TITLE = "您咨询的答复"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a caller, in plain text; never logged or stored."""

    to: str
    values: dict[str, str]
    identity: str


@dataclass(frozen=True, slots=True)
class AnswerMessages:
    """Composes the message of a record and notes that it was taken."""

    database: Engine
    cipher: FieldCipher
    clock: Clock
    template: str
    tells_unsigned: bool

    def compose(self, event: OutboxEvent) -> Message:
        """Return the message.

        Raises DeliveryError where the contact was erased since, or the answer is no longer one
        that everybody may read.
        """
        sent_id = AnswerSent.load(event.payload).sent_id
        with session_scope(self.database, read_only=True) as session:
            sent = session.get_one(SentAnswer, sent_id)
            asker = session.get(Asker, sent.asker_id) if sent.asker_id else None
            contact = self._contact(asker)
            if not contact:
                raise DeliveryError("contact erased")
            if not self._is_public(session, sent.pair_id):
                raise DeliveryError("answer withdrawn")
            version = find_version(session, session.get_one(QAPair, sent.pair_id), sent.version)
            values = {"phone": contact, "link": sent.link, "question": _shown(version)}
        values["text"] = filled_in(self.template, values)
        return Message(contact, values, f"qa-answer-{sent_id}")

    def _is_public(self, session: Session, pair_id: int) -> bool:
        day = beijing_day(self.clock.now())
        views = view_pairs(session, [pair_id], day=day, with_variants=False)
        return any(is_public(view, tells_unsigned=self.tells_unsigned) for view in views)

    def _contact(self, asker: Asker | None) -> str | None:
        try:
            return read_asker(asker, cipher=self.cipher).phone if asker else None
        except ConfigurationError as error:
            raise DeliveryError("key missing") from error

    def note_delivered(self, event: OutboxEvent) -> None:
        """Keep when the message was taken."""
        with session_scope(self.database) as session:
            sent = session.get_one(SentAnswer, AnswerSent.load(event.payload).sent_id)
            sent.delivered_at = self.clock.now()
            session.add(sent)


@dataclass(frozen=True, slots=True)
class SmsTransport:
    """Sends answers as text messages."""

    messages: AnswerMessages
    gateway: SmsGateway

    def deliver(self, event: OutboxEvent) -> None:
        """Send the message of the event; raises DeliveryError."""
        self.gateway.send(self.messages.compose(event).values)
        self.messages.note_delivered(event)


@dataclass(frozen=True, slots=True)
class MailTransport:
    """Sends answers as mails."""

    messages: AnswerMessages
    server: MailServer

    def deliver(self, event: OutboxEvent) -> None:
        """Send the mail of the event; raises DeliveryError."""
        message = self.messages.compose(event)
        try:
            self.server.send(
                message.to,
                MAIL_TITLE,
                message.values["text"],
                identity=message.identity,
                date=event.created_at,
            )
        except (MessageError, ValueError) as error:
            raise DeliveryError(type(error).__name__) from error
        self.messages.note_delivered(event)


def _shown(version: QAVersion | None) -> str:
    question = version.question if version else ""
    if len(question) <= QUESTION_CHARACTERS:
        return question
    return question[: QUESTION_CHARACTERS - 1] + "…"
