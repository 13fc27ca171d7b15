"""The menu: each role's links open, and every page of theirs is marked in it."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from entry_pages import ENTRY, QUESTION
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from visitor import Browse, Browser, add_user

from qa_service.services import Services
from qa_service.vocabulary import Role
from qa_service.web.kit.access import Permits
from qa_service.web.kit.menu import GROUPS, TODO
from qa_service.web.pages import ROUTERS

FILES = ("export", "template", "/suggestions", "/counts", "/oidc", "/print")
"""What a GET returns as a file or as JSON is no page, and what is printed bears no menu."""


class Menu(HTMLParser):
    """The links of the navigation, and those marked as the present page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.present: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "nav":
            self._inside = True
        elif self._inside and tag == "a":
            self.links.append(given["href"] or "")
            if given.get("aria-current") == "page":
                self.present.append(given["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav":
            self._inside = False


def pages() -> Iterator[str]:
    """The address of every page that is opened by a GET, with the ids of the first records."""
    filled = {"number": ENTRY.rsplit("/", 1)[1], "login": "zhiban"}
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        is_page = "GET" in route.methods and not any(part in route.path for part in FILES)
        is_guarded = any(isinstance(one.call, Permits) for one in _dependencies(route))
        if is_page and is_guarded:
            yield re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: filled.get(name[1], "1"), route.path)


def _dependencies(route: APIRoute) -> Iterator[Dependant]:
    waiting = list(route.dependant.dependencies)
    while waiting:
        one = waiting.pop()
        waiting += one.dependencies
        yield one


@pytest.fixture
def entered(browse: Browse) -> None:
    operator = browse("zhiban")
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")


@pytest.mark.parametrize("role", list(Role))
def test_every_link_of_a_roles_menu_opens(browse: Browse, role: Role) -> None:
    visitor = browse("ren", role)
    links = Menu(visitor.get("/todo").text).links
    assert len(set(links)) > 6
    assert {link: visitor.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", list(Role))
def test_every_page_a_role_opens_is_marked_once(
    browse: Browse, services: Services, role: Role, entered: None
) -> None:
    visitor = browse("ren", role)
    walked = 0
    for path in pages():
        answer = visitor.get(path)
        if answer.status_code == 200 and "text/html" in answer.headers["content-type"]:
            walked += 1
            assert (path, len(Menu(answer.text).present)) == (path, 1)
    assert walked > 12


def test_the_pages_of_the_menu_name_the_permission_of_their_route() -> None:
    asked = {}
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        if "GET" in route.methods:
            asked[route.path] = {
                one.call.permission for one in _dependencies(route) if isinstance(one.call, Permits)
            }
    for page in (TODO, *(page for group in GROUPS.values() for page in group)):
        if page.path != "/":  # It leads people who take no calls to a page of theirs.
            assert (page.path, page.permission in asked[page.path]) == (page.path, True)


def test_a_page_of_one_record_belongs_to_the_list_it_is_opened_from(
    browse: Browse, entered: None
) -> None:
    everything = browse("quan", *Role, unit="education")
    found = {path: Menu(everything.get(path).text).present for path in (ENTRY, "/pairs/1/review")}
    assert found == {ENTRY: ["/ledger"], "/pairs/1/review": ["/reviews"]}
    assert Menu(everything.get("/ledger/board").text).present == ["/ledger/board"]


def test_nothing_is_offered_before_the_first_password_is_changed(
    stranger: Browser, services: Services
) -> None:
    add_user(services, "xin", must_change=True)
    stranger.sign_in("xin")
    assert Menu(stranger.get("/password").text).links == []
