"""Enter and the shortcut keys on every template, read from its source with every condition open."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "qa_service/web/templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))

# An Enter in one of these presses the first submit button of the form.
ONE_LINE = {"text", "search", "email", "tel", "url", "number", "date", "password"}

# Acts that end something: beside other buttons they are never the one that comes first.
ENDING_ACTS = {"merge", "join", "close", "void", "retire"}

Attributes = dict[str, str]


@cache
def text_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def source_of(name: str, seen: frozenset[str] = frozenset()) -> str:
    """The source with what it includes and imports put in, so that a form's macros count."""
    text = text_of(name)
    parts = re.findall(r"{% (?:include|extends|from) \"([^\"]+)\"", text)
    others = [source_of(part, seen | {name}) for part in parts if part not in seen | {name}]
    return "\n".join([text, *others])


def without_jinja(text: str) -> str:
    """Markup alone: both sides of a condition stay; an expression becomes one sign."""
    text = re.sub(r"{#.*?#}", "", text, flags=re.DOTALL)
    text = re.sub(r"{{.*?}}", "§", text, flags=re.DOTALL)
    return re.sub(r"{%.*?%}", " ", text, flags=re.DOTALL)


@dataclass
class Form:
    attributes: Attributes
    line_boxes: int = 0
    buttons: list[Attributes] = field(default_factory=list)

    @property
    def is_inert(self) -> bool:
        return self.attributes.get("data-enter") == "none"


class Forms(HTMLParser):
    """The forms of a template, with their one-line boxes and submit buttons in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self.keys: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-key" in given:
            self.keys.append(given["data-key"])
        if tag == "form":
            self._open = Form(given)
            self.forms.append(self._open)
        elif self._open is not None and tag == "input" and given.get("type", "text") in ONE_LINE:
            self._open.line_boxes += 1
        elif self._open is not None and tag == "button" and given.get("type", "submit") == "submit":
            self._open.buttons.append(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@cache
def forms_of(page: str) -> list[Form]:
    return Forms(without_jinja(text_of(page))).forms


def test_the_reader_sees_the_forms_there_are() -> None:
    found = [form for page in PAGES for form in forms_of(page)]
    assert len(found) > 40
    assert sum(form.line_boxes for form in found) > 30
    assert any(len(form.buttons) > 1 for form in found)


@pytest.mark.parametrize("page", PAGES)
def test_enter_in_a_text_box_does_the_primary_act_or_nothing(page: str) -> None:
    for form in forms_of(page):
        if not form.line_boxes or len(form.buttons) < 2:
            continue
        first = form.buttons[0]
        assert "primary" in first["class"], (page, form.attributes, first)


@pytest.mark.parametrize("page", PAGES)
def test_the_first_button_never_joins_closes_deletes_or_shows_a_number(page: str) -> None:
    other_acts = {"join_to", "number"}
    for form in forms_of(page):
        if not form.line_boxes or not form.buttons:
            continue
        first = form.buttons[0]
        is_alone = len(form.buttons) == 1
        assert first.get("name") not in other_acts, (page, first)
        assert first.get("value") not in {"delete", "return", "reveal", "remove", "drop"}, page
        assert is_alone or "danger" not in first.get("class", ""), (page, first)


@pytest.mark.parametrize("page", PAGES)
def test_joining_closing_and_retiring_are_first_only_where_they_are_the_forms_one_act(
    page: str,
) -> None:
    for form in forms_of(page):
        if len(form.buttons) > 1:
            assert form.buttons[0].get("value") not in ENDING_ACTS, (page, form.buttons)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "base.html"])
def test_no_two_elements_have_the_same_key(page: str) -> None:
    keys = Forms(without_jinja(source_of(page))).keys
    fixed = Counter(key for key in keys if "§" not in key)
    # The panels of an entry are numbered where they are made, 1, 2, 3; the menu has letters.
    assert [key for key, times in fixed.items() if times > 1] == []
    assert all(not key.isdigit() or key == "0" for key in fixed)
