"""Job: deliver outbox events; separate from the duties because it waits for other systems."""

from collections.abc import Mapping
from threading import Event

from qa_service.integration.circuit_breaker import CircuitBreaker
from qa_service.integration.delivery import Delivered, DeliveryRound
from qa_service.integration.mail import MailServer
from qa_service.integration.targets import AllowedTargets
from qa_service.integration.transport import Transport
from qa_service.integration.webhook import Webhook
from qa_service.jobs.duty import JobContext
from qa_service.outbox.models import Destination
from qa_service.settings import Settings

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
            transports(self._context.settings),
            self._context.clock.now(),
            breaker=self._breaker,
            should_end=self._ending.is_set,
        ).run()

    def end(self) -> None:
        """Make the current round end after the event being sent."""
        self._ending.set()


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
        found[Destination.MAIL] = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            user=settings.smtp_user,
            password=settings.smtp_password,
            starttls=settings.smtp_starttls,
        )
    return found
