"""One request of a signed-in user: all a page route needs besides its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from qa_service.accounts.sessions import SignedIn
from qa_service.clock import beijing_day
from qa_service.parts import Parts
from qa_service.web.access import CurrentUser, PartsOf, Submitted
from qa_service.web.forms import SubmittedForm
from qa_service.web.rendering import render


def address_of(request: Request) -> str:
    """Where the request comes from, as the proxy in front says if it is trusted."""
    return request.client.host if request.client else ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for what, when, and of which service."""

    request: Request
    parts: Parts
    user: SignedIn
    form: SubmittedForm
    now: datetime

    @property
    def today(self) -> date:
        """The present day in Beijing."""
        return beijing_day(self.now)

    def show(self, template: str, context: Mapping[str, object], *, status: int = 200) -> Response:
        """The page or fragment for this visitor."""
        return render(self.request, template, context, status=status)


def receive(request: Request, parts: PartsOf, user: CurrentUser, form: Submitted) -> Visit:
    """The visit of one request."""
    return Visit(request, parts, user, form, parts.clock.now())


Visiting = Annotated[Visit, Depends(receive)]
