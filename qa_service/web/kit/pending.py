"""The numbers of things that wait for the user, shown in the menu of every page."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, cached_property

from fastapi import Request

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.reporting.pending.items import PendingKind, Watch
from qa_service.reporting.pending.tally import Counts
from qa_service.reporting.pending.work import pending_counts
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.kit.menu import MenuGroup, MenuLink, menu_of, todo_link


def watch_of(
    services: Services, now: datetime, *, lists: bool = True, is_quick: bool = False
) -> Watch:
    """Return how the service looks for pending work at ``now``."""
    days = services.ledger_rules.correction_callback_days
    # Several kinds of work ask for it.
    table = cache(services.review_table)
    sends_links = bool(services.settings.reply_link_ways)
    return Watch(now, services.calendar, table, lists, days, is_quick, sends_links)


def counts_of(request: Request, user: SignedIn) -> Counts:
    """Return how many things of each kind wait for ``user``, as they were seconds ago."""
    services: Services = request.app.state.services

    def count() -> Counts:
        watch = watch_of(services, services.clock.now(), lists=False, is_quick=True)
        with session_scope(services.database, read_only=True) as session:
            return pending_counts(session, user.actor, watch)

    return services.pending_tally.counts(user.user_id, count)


class Menu:
    """The menu of one page, made when a template first asks: fragments show none."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._counts: Counts | None = None

    @cached_property
    def groups(self) -> tuple[MenuGroup, ...]:
        """The groups of pages that the user may open; none without a user who may go on."""
        user = self._user
        return () if user is None else menu_of(user, self._path, self._counted(user))

    @property
    def todo(self) -> MenuLink | None:
        """The link to the user's own work."""
        user = self._user
        return None if user is None else todo_link(self._path, sum(self._counted(user).values()))

    @property
    def _user(self) -> SignedIn | None:
        user: SignedIn | None = getattr(self._request.state, "user", None)
        return None if user is None or user.must_change_password or user.awaits_code else user

    @property
    def _path(self) -> str:
        path: str = self._request.url.path
        return path

    def _counted(self, user: SignedIn) -> Counts:
        if self._counts is None:
            self._counts = counts_of(self._request, user)
        return self._counts


def by_link(user: SignedIn, counts: Counts) -> Mapping[str, int]:
    """Return the numbers of the menu by the address of each link."""
    named: Mapping[PendingKind, int] = counts
    links = [link for group in menu_of(user, "", named) for link in group.links]
    return {todo_link("", 0).path: sum(counts.values())} | {
        link.path: link.count for link in links if link.count
    }
