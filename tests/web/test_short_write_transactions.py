"""A page is rendered when its write transaction has ended: a second writer never waits for it."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jinja2.runtime import Context
from pair_pages import PAIR
from sqlalchemy import Engine, event, select
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.storage.writer_queue import READ_ONLY
from qa_service.vocabulary import Role
from qa_service.web.kit.rendering import TEMPLATES

KNOWN = "社保卡丢了怎么补办？"
UNKNOWN = "火星移民签证在哪个窗口盖章"
ENTRY = "/ledger/ZX20261124-0001"

Step = Callable[[Browser], Any]


def ask(browser: Browser, question: str) -> str:
    return str(browser.post("/consultations", question=question).headers["location"])


def register_twice(browser: Browser) -> Any:
    browser.post(f"{ask(browser, UNKNOWN)}/registration", phone="13800000000")
    return browser.post(f"{ask(browser, UNKNOWN)}/registration", htmx=True, phone="13800000000")


def refuse_move(browser: Browser) -> Any:
    browser.post(f"{ask(browser, UNKNOWN)}/registration")
    return browser.post(f"{ENTRY}/close")


def look_at_entry(browser: Browser) -> Any:
    browser.post(f"{ask(browser, UNKNOWN)}/registration", phone="13800000000")
    return browser.get(ENTRY)


STEPS: dict[str, tuple[Step, int]] = {
    "a question": (lambda one: one.post("/consultations", htmx=True, question=KNOWN), 200),
    "a registration": (
        lambda one: one.post(f"{ask(one, UNKNOWN)}/registration", htmx=True),
        200,
    ),
    "a repeat shown first": (register_twice, 200),
    "an entry with an asker": (look_at_entry, 200),
    "a refused move": (refuse_move, 409),
    "a refused pair": (lambda one: one.post("/pairs/new", **{**PAIR, "answer": ""}), 422),
    "a pair with faults": (
        lambda one: one.post("/pairs/new", then="submit", **{**PAIR, "expires_on": "2026-01-02"}),
        422,
    ),
    "a withdrawal without reason": (lambda one: one.post("/pairs/1/withdraw"), 422),
    "a refused signature": (lambda one: one.post("/pairs/1/review", stage="first"), 409),
    "a refused policy": (lambda one: one.post("/policies/1/edit", title=""), 422),
    "a refused end of a policy": (lambda one: one.post("/policies/1/ending", reason=""), 409),
    "a refused topic": (lambda one: one.post("/coverage", name=""), 422),
    "refused words": (lambda one: one.post("/words", dictionary="甲 x y z", note=""), 422),
    "a new user": (
        lambda one: one.post("/staff/users", login="xin", display_name="新", roles="operator"),
        200,
    ),
    "a refused user": (lambda one: one.post("/staff/users", login=""), 422),
    "a new key": (
        lambda one: one.post("/staff/keys", name="平台", scopes="consult", days="30"),
        200,
    ),
}


@pytest.fixture
def everyone(browse: Browse) -> Browser:
    roles = (Role.ADMIN, Role.EDITOR, Role.REVIEWER, Role.OPERATOR, Role.SUPERVISOR)
    return browse("quanneng", *roles)


@pytest.fixture
def second_writer(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Another process that wants to write whenever a template is rendered, and never waits."""
    path, rendered = str(services.database.url.database), list[str]()

    class Writing(Context):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            with sqlite3.connect(path, timeout=0, isolation_level=None) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            rendered.append(str(self.name))

    monkeypatch.setattr(TEMPLATES.env, "context_class", Writing)
    yield rendered


@pytest.mark.parametrize("step", STEPS)
def test_nobody_waits_while_a_page_is_rendered(
    everyone: Browser, second_writer: list[str], step: str
) -> None:
    send, status = STEPS[step]
    second_writer.clear()
    assert send(everyone).status_code == status
    assert second_writer


def test_a_page_rendered_in_a_write_transaction_would_be_noticed(
    services: Services, second_writer: list[str]
) -> None:
    with session_scope(services.database) as session:
        session.execute(select(1))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            TEMPLATES.env.from_string("甲").render()


class Watched:
    """The statements that a request sends to the database."""

    def __init__(self, database: Engine) -> None:
        self.reading: list[str] = []
        self.writing: list[str] = []
        event.listen(database, "before_cursor_execute", self._note)

    def _note(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        is_reading = connection.get_execution_options().get(READ_ONLY, False)
        (self.reading if is_reading else self.writing).append(statement)

    def clear(self) -> None:
        self.reading.clear()
        self.writing.clear()


COMPARED = "SELECT ledger_entry.id, ledger_entry.terms"


def test_earlier_entries_are_compared_outside_the_write_transaction(
    everyone: Browser, services: Services
) -> None:
    path = ask(everyone, UNKNOWN)
    watched = Watched(services.database)
    everyone.post(f"{path}/registration", htmx=True)
    assert any(COMPARED in statement for statement in watched.reading)
    assert not any(COMPARED in statement for statement in watched.writing)
    watched.clear()
    everyone.post("/consultations", htmx=True, question=KNOWN)
    assert not any(COMPARED in one for one in [*watched.reading, *watched.writing])


def test_an_entry_page_loads_its_entry_once_and_not_the_whole_library(
    everyone: Browser, services: Services
) -> None:
    everyone.post(f"{ask(everyone, UNKNOWN)}/registration")
    watched = Watched(services.database)
    assert everyone.get(ENTRY).status_code == 200
    entries = [one for one in watched.reading if "ledger_entry.question" in one]
    assert len([one for one in entries if "ledger_entry.number = " in one]) == 1
    assert not any("FROM policy_document" in one for one in watched.reading)
