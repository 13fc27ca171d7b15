"""One request of a signed-in user: all a page route needs besides its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.clock import beijing_day
from qa_service.services import Services
from qa_service.web.kit.access import CurrentUser, ServicesOf, Submitted
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.rendering import render


def address_of(request: Request) -> str:
    """Where the request comes from, as the proxy in front says if it is trusted."""
    return request.client.host if request.client else ""


@dataclass(frozen=True, slots=True)
class PageContext:
    """Who asks for what, when, and of which service."""

    request: Request
    services: Services
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


def receive(
    request: Request, services: ServicesOf, user: CurrentUser, form: Submitted
) -> PageContext:
    """The visit of one request."""
    return PageContext(request, services, user, form, services.clock.now())


Page = Annotated[PageContext, Depends(receive)]
