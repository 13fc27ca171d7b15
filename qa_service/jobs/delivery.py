"""Job: deliver outbox events; separate from the duties because it waits for other systems."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Event

from qa_service.consultation.sending.answer_messages import AnswerMessages
from qa_service.consultation.sending.delivery import (
    ByTopic,
    MailTransport,
    Messages,
    SmsTransport,
)
from qa_service.consultation.sending.links import notice_channels, notice_link, send_channels
from qa_service.consultation.sending.notice_messages import NoticeMessages
from qa_service.integration.circuit_breaker import CircuitBreaker
from qa_service.integration.delivery import Delivered, DeliveryRound
from qa_service.integration.mail import MailServer
from qa_service.integration.sms import SmsGateway
from qa_service.integration.targets import AllowedTargets
from qa_service.integration.transport import Note, OutdatedError, Transport
from qa_service.integration.webhook import Webhook
from qa_service.jobs.duty import JobContext, cipher_of
from qa_service.ledger.deadlines.mail import restated
from qa_service.ledger.deadlines.mail_premises import why_outdated
from qa_service.outbox.caller_events import AnswerSent, ReplyNoticed
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.outbox.premises import Leaving
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import SendChannel

NAME = "delivery"


class DeliveryJob:
    """Delivers events in rounds; its circuit breaker keeps its state between rounds."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._breaker = CircuitBreaker()
        self._ending = Event()

    def run(self) -> Delivered:
        """Run one round; return how many events arrived, failed and were skipped."""
        return DeliveryRound(
            self._context.database,
            {**unit_transports(self._context), **citizen_transports(self._context)},
            self._context.clock.now(),
            breaker=self._breaker,
            should_end=self._ending.is_set,
        ).run()

    def end(self) -> None:
        """Make the current round end after the event being sent."""
        self._ending.set()


@dataclass(frozen=True, slots=True)
class WhileTrue:
    """Hands on the messages that still hold, as they hold now, to units and people."""

    transport: Transport
    context: JobContext

    def deliver(self, event: OutboxEvent) -> Note | None:
        """Send the message; raises DeliveryError, OutdatedError for one that holds no more."""
        leaving = self._checked(event) if "rests_on" in event.payload else event
        return self.transport.deliver(leaving)

    def _checked(self, event: OutboxEvent) -> OutboxEvent:
        """Return the message as it holds now; raises OutdatedError."""
        takes_links = bool(self.context.settings.reply_link_ways)
        leaving = Leaving(event, self.context.clock.now(), takes_links)
        with session_scope(self.context.database, read_only=True) as session:
            broken = why_outdated(session, leaving)
            if broken is not None:
                raise OutdatedError(f"broken premise: {broken}")
            payload = restated(session, event)
        return OutboxEvent(**{**event.model_dump(), "payload": payload})


def unit_transports(context: JobContext) -> Mapping[Destination, Transport]:
    """Return the transports of ``transports``; messages leave by them while they hold."""
    return {to: WhileTrue(one, context) for to, one in transports(context.settings).items()}


def citizen_transports(context: JobContext) -> Mapping[Destination, Transport]:
    """Return the transports of messages to citizens, by SMS and by mail, as they are set up."""
    settings, found = context.settings, dict[Destination, Transport]()
    channels = send_channels(settings)
    if not channels:
        return found
    messages = _messages(context)
    if SendChannel.SMS in channels:
        gateway = _gateway(settings)
        noticing = replace(gateway, fields=settings.sms_notice_fields or settings.sms_fields)
        gateways = {AnswerSent.topic: gateway, ReplyNoticed.topic: noticing}
        found[Destination.ANSWER_SMS] = ByTopic(
            {topic: SmsTransport(one, gateways[topic]) for topic, one in messages.items()}
        )
    if SendChannel.MAIL in channels:
        server = _mail_server(settings)
        found[Destination.ANSWER_MAIL] = ByTopic(
            {topic: MailTransport(one, server) for topic, one in messages.items()}
        )
    return found


def _messages(context: JobContext) -> Mapping[str, Messages]:
    """Return the messages of each kind that is on, by topic."""
    settings, database, clock = context.settings, context.database, context.clock
    cipher = cipher_of(context)
    found: dict[str, Messages] = {
        AnswerSent.topic: AnswerMessages(
            database, cipher, clock, settings.answer_text, settings.tell_unsigned
        )
    }
    if notice_channels(settings):
        found[ReplyNoticed.topic] = NoticeMessages(
            database, cipher, clock, settings.notice_text, notice_link(settings)
        )
    return found


def _gateway(settings: Settings) -> SmsGateway:
    return SmsGateway(
        settings.sms_url,
        settings.sms_fields,
        settings.sms_headers,
        settings.sms_body,
        settings.sms_success,
        AllowedTargets.of(settings.webhook_allowed),
    )


def _mail_server(settings: Settings) -> MailServer:
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=settings.smtp_password,
        starttls=settings.smtp_starttls,
    )


def transports(settings: Settings) -> Mapping[Destination, Transport]:
    """Return the transport of each destination that the settings name."""
    found: dict[Destination, Transport] = {}
    if settings.webhook_url:
        found[Destination.WEBHOOK] = Webhook(
            settings.webhook_url,
            settings.webhook_secret,
            AllowedTargets.of(settings.webhook_allowed),
        )
    if settings.smtp_host:
        found[Destination.MAIL] = _mail_server(settings)
    if settings.sms_url:
        found[Destination.UNIT_SMS] = _gateway(settings)
    return found
