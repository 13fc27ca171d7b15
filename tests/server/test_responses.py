"""HEAD, compression and static files that a browser may keep."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from visitor import Browser, add_user

from qa_service.services import Services
from qa_service.web.kit.static_files import STATIC_FOLDER, digest_of, static


class TestHead:
    @pytest.mark.parametrize(
        "path", ["/login", "/healthz", "/readyz", "/docs", "/ledger", "/nothing"]
    )
    def test_answers_like_get_without_a_body(self, client: TestClient, path: str) -> None:
        got = client.get(path, follow_redirects=False)
        head = client.head(path, follow_redirects=False)
        assert head.status_code == got.status_code
        assert head.content == b""
        for name in ("content-type", "location"):
            assert head.headers.get(name) == got.headers.get(name)

    def test_of_what_only_takes_posts_is_refused(self, client: TestClient) -> None:
        assert client.head("/logout").status_code == 405


class TestCompression:
    def test_makes_pages_smaller_and_says_so(self, client: TestClient) -> None:
        page = client.get("/login", headers={"Accept-Encoding": "gzip"})
        assert page.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in page.headers["vary"].lower()
        assert "<!doctype html>" in page.text
        plain = client.get("/login", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers

    def test_never_meets_the_same_token_twice(self, app: FastAPI, services: Services) -> None:
        stranger = Browser(app)
        add_user(services, "wangwu")
        stranger.sign_in("wangwu")
        tokens = {stranger.token() for _ in range(5)}
        assert len(tokens) == 5
        assert stranger.client.post("/logout", data={"csrf_token": tokens.pop()}).status_code == 303


class TestStatic:
    def test_under_its_own_version_is_kept_for_a_year(self, client: TestClient) -> None:
        kept = client.get(static("style.css"))
        assert "immutable" in kept.headers["cache-control"]
        for address in ("/static/style.css", "/static/style.css?v=0", "/static/style.css?v="):
            assert client.get(address).headers["cache-control"] == "no-cache"

    def test_every_address_in_pages_names_the_content(self, client: TestClient) -> None:
        found = re.findall(r'"(/static/[^"]+)"', client.get("/login").text)
        assert len(found) >= 7
        for address in found:
            path, _, version = address.removeprefix("/static/").partition("?v=")
            assert version == digest_of(path), address

    def test_nothing_outside_the_folder_is_given(self, client: TestClient) -> None:
        assert client.get("/static/../rendering.py").status_code == 404
        assert client.get("/static/nothing.css?v=1").status_code == 404
        assert STATIC_FOLDER.is_dir()
