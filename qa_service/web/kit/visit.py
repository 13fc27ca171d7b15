"""The context of a page request: user, form, time, transactions and rendering.

A route that changes something does so inside ``with visit.write()`` and builds its page after
that block. SQLite has one writer at a time: comparing and rendering must not keep it waiting.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.clock import beijing_day
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction
from qa_service.web.kit.access import CurrentUser, Submitted
from qa_service.web.kit.done import Done, note
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.rendering import render

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Content type of a workbook."""


def address_of(request: Request) -> str:
    """Return the client's IP address, taken from a trusted proxy's header if there is one."""
    return request.client.host if request.client else ""


@dataclass(frozen=True, slots=True)
class PageContext:
    """The user, form, time and services of one page request."""

    request: Request
    services: Services
    user: SignedIn
    form: SubmittedForm
    now: datetime

    @property
    def actor(self) -> Actor:
        """The signed-in user as the actor that services take."""
        return self.user.actor

    @property
    def today(self) -> date:
        """The date in Beijing at ``now``."""
        return beijing_day(self.now)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open the request's write transaction, committed at the end of the block.

        An exception that leaves the block rolls back everything written in it. What waits for
        people is counted again afterwards.
        """
        with session_scope(self.services.database) as session:
            yield session
        self.services.pending_tally.forget()

    def read(self) -> AbstractContextManager[Session]:
        """Open a read-only transaction, for the page that follows a write."""
        return session_scope(self.services.database, read_only=True)

    def lead(self, path: str, done: Done) -> Response:
        """Return the redirect after an act, whose page says what was ``done``."""
        response = RedirectResponse(path, status_code=303)
        note(response, self.services.settings, done)
        return response

    def hand_out(self, workbook: bytes, name: str, subject: str, **details: int) -> Response:
        """Return an XLSX file to be saved as ``name``; its export is noted in the audit trail.

        ``subject`` tells what was exported, ``details`` how much.
        """
        with self.write() as trail:
            record(
                trail,
                AuditAction.EXPORT,
                actor=self.actor,
                now=self.now,
                subject=subject,
                **details,
            )
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(workbook, media_type=XLSX, headers=headers)

    def show(self, template: str, context: Mapping[str, object], *, status: int = 200) -> Response:
        """Return ``template`` rendered with ``context`` as the response."""
        return render(self.request, template, context, status=status)


def receive(
    request: Request, services: ServicesDep, user: CurrentUser, form: Submitted
) -> PageContext:
    """Return the context of a request, with the time of the injected clock."""
    return PageContext(request, services, user, form, services.clock.now())


Page = Annotated[PageContext, Depends(receive)]
