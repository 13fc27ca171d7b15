"""What the log says, and what it refuses to say."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from security_data import PLANTED, SAID

from qa_service.errors import ConfigurationError
from qa_service.observability import events
from qa_service.observability.events import (
    REFUSED,
    CalendarKept,
    JobFailed,
    LogEvent,
    LogValue,
    NotDelivered,
    Notice,
    RequestAnswered,
    checked,
    log_event,
    place_of,
)
from qa_service.observability.logs import configure_logs, request_bound
from qa_service.settings import Settings


@pytest.fixture
def written(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[io.StringIO]:
    """What goes to stderr, in the format given."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    configure_logs(Settings(_env_file=None, log_format=request.param))
    yield stderr
    root.handlers = handlers
    root.setLevel(level)


class TestRefusal:
    @pytest.mark.parametrize("value", [*PLANTED.values(), SAID, "社保卡丢了", "call 13900139000"])
    def test_of_anything_a_citizen_may_have_said(self, value: str) -> None:
        assert checked(value) == REFUSED

    @pytest.mark.parametrize("value", ["HTTP 500", "/api/v1/ledger/{number}", 17, 2.5, None])
    def test_never_of_machine_text(self, value: LogValue) -> None:
        assert checked(value) == value

    def test_leaves_the_rest_of_the_line(self, caplog: pytest.LogCaptureFixture) -> None:
        log_event(NotDelivered(7, "mail", f"refused: {SAID}"))
        assert caplog.messages == [f"not delivered: event=7 topic=mail cause={REFUSED}"]


@pytest.mark.parametrize("written", ["json"], indirect=True)
class TestJson:
    def test_holds_the_event_and_its_fields(self, written: io.StringIO) -> None:
        with request_bound("T-1"):
            log_event(RequestAnswered("GET", "/healthz", 200, 1.5))
        line = json.loads(written.getvalue())
        del line["timestamp"]
        assert line == {
            "event": "request",
            "method": "GET",
            "route": "/healthz",
            "status": 200,
            "ms": 1.5,
            "request_id": "T-1",
            "logger": "qa_service.request",
            "level": "info",
        }

    def test_holds_our_own_notices_in_chinese(self, written: io.StringIO) -> None:
        log_event(CalendarKept(Notice.of(ConfigurationError("放假安排 2027.yaml 有误"))))
        assert json.loads(written.getvalue())["reason"] == "放假安排 2027.yaml 有误"

    def test_is_free_of_what_libraries_say_of_themselves(self, written: io.StringIO) -> None:
        for name in ("faiss.loader", "alembic.runtime.migration", "jieba", "uvicorn.error"):
            logging.getLogger(name).info("Loading")
        assert written.getvalue() == ""


@pytest.mark.parametrize("written", ["text"], indirect=True)
def test_for_people_an_event_has_its_chinese_title(written: io.StringIO) -> None:
    log_event(JobFailed("reminders", "builtins.ValueError", "a.py:1"))
    assert "定时任务失败" in written.getvalue()
    assert "duty" in written.getvalue()


def test_every_event_has_a_name_of_its_own_and_a_title() -> None:
    catalogue = [event for event in vars(events).values() if is_event(event)]
    assert len({event.name for event in catalogue}) == len(catalogue) > 10
    assert len({event.title for event in catalogue}) == len(catalogue)


def is_event(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, LogEvent) and value is not LogEvent


def test_the_place_of_an_error_is_our_own_code_and_where_it_was_raised() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        place = place_of(error)
    assert "test_events.py:" in place
    assert "decoder.py:" in place.split(" > ")[-1]


class TestForeignText:
    @pytest.mark.parametrize("written", ["text", "json"], indirect=True)
    def test_control_characters_and_error_texts_never_reach_the_log(
        self, written: io.StringIO
    ) -> None:
        library = logging.getLogger("some.library")
        library.warning("asked for /a%sb", "\x1b[31m\x07\nforged line")
        try:
            raise ValueError("http://[社保卡13900139000")
        except ValueError:
            library.exception("failed")
        text = written.getvalue()
        assert "\x1b" not in text.replace("\x1b[0m", "")
        assert "\x07" not in text
        assert len(text.splitlines()) == 2
        assert "13900139000" not in text
        assert "builtins.ValueError" in text
