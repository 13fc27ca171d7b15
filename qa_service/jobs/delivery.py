"""Job: deliver outbox events; separate from the duties because it waits for other systems."""

from collections.abc import Mapping
from threading import Event

from qa_service.consultation.sending.delivery import AnswerMessages, MailTransport, SmsTransport
from qa_service.consultation.sending.links import send_channels
from qa_service.integration.circuit_breaker import CircuitBreaker
from qa_service.integration.delivery import Delivered, DeliveryRound
from qa_service.integration.mail import MailServer
from qa_service.integration.sms import SmsGateway
from qa_service.integration.targets import AllowedTargets
from qa_service.integration.transport import Transport
from qa_service.integration.webhook import Webhook
from qa_service.jobs.duty import JobContext
from qa_service.outbox.models import Destination
from qa_service.settings import Settings
from qa_service.storage.encryption import FieldCipher, read_keys, secrets_folder
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
            {**transports(self._context.settings), **answer_transports(self._context)},
            self._context.clock.now(),
            breaker=self._breaker,
            should_end=self._ending.is_set,
        ).run()

    def end(self) -> None:
        """Make the current round end after the event being sent."""
        self._ending.set()


def answer_transports(context: JobContext) -> Mapping[Destination, Transport]:
    """Return the transports of answers to callers, by SMS and by mail, as they are set up.

    Where the keys were not loaded, as by cron, they are read from their folder.
    """
    settings, found = context.settings, dict[Destination, Transport]()
    channels = send_channels(settings)
    if not channels:
        return found
    cipher = context.cipher or FieldCipher(read_keys(secrets_folder(settings.data_dir)))
    messages = AnswerMessages(
        context.database, cipher, context.clock, settings.answer_text, settings.tell_unsigned
    )
    if SendChannel.SMS in channels:
        allowed = AllowedTargets.of(settings.webhook_allowed)
        gateway = SmsGateway(
            settings.sms_url,
            settings.sms_fields,
            settings.sms_headers,
            settings.sms_body,
            settings.sms_success,
            allowed,
        )
        found[Destination.ANSWER_SMS] = SmsTransport(messages, gateway)
    if SendChannel.MAIL in channels:
        found[Destination.ANSWER_MAIL] = MailTransport(messages, _mail_server(settings))
    return found


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
    return found
