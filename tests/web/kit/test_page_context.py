"""A page's own values never replace those that every page shows."""

import re

import pytest
from starlette.requests import Request
from visitor import Browser

from qa_service import __version__
from qa_service.web.kit import csrf_mask
from qa_service.web.kit.rendering import TEMPLATES, render


class TestNames:
    @pytest.mark.parametrize("name", ["version", "Permission", "user", "is_fragment", "request"])
    def test_of_every_page_are_refused(self, editor: Browser, name: str) -> None:
        request = Request({"type": "http", "headers": [], "app": editor.client.app, "state": {}})
        with pytest.raises(ValueError, match=name):
            render(request, "errors/page.html", {"title": "x", "message": "y", name: "z"})

    def test_are_those_of_the_environment(self) -> None:
        assert {"version", "static", "masked"} <= TEMPLATES.env.globals.keys()


def test_the_page_of_a_word_list_names_the_programs_version(editor: Browser) -> None:
    words = {"dictionary": "养老金 10", "synonyms": "", "note": "试验"}
    path = editor.post("/words", on="/words", **words).headers["location"]
    page = editor.get(path)
    assert page.status_code == 200
    assert f"政策咨询问答库 {__version__}" in re.sub(r"<[^>]+>", "", page.text)
    assert "试验" in page.text


class TestMaskedToken:
    def test_is_recognised_in_both_forms_and_nothing_else_is(self) -> None:
        token = "a-Token_of-43-characters"
        assert csrf_mask.is_token(csrf_mask.masked(token), token)
        assert csrf_mask.is_token(token, token)
        for wrong in ("", "a", csrf_mask.masked("another"), "é" * 8, "A" * 64, "\ud800"):
            assert not csrf_mask.is_token(wrong, token)
