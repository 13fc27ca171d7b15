"""A real Chromium before a real server; what the browser complains of fails the test."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from page_watch import Watch, keep_screenshot
from playwright.sync_api import Browser, Page, sync_playwright

from qa_service.services import Services

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.fixture
def origin(app: FastAPI, services: Services) -> Iterator[str]:
    """The address of a running server; requests wait in its socket until it is up."""
    # As ``serve`` does before it opens its port: a click waits for no compilation.
    services.index_sync.engine.warm_up()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of one module; its absence fails them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def watch(origin: str) -> Iterator[Watch]:
    """Fails the test if the page complained or asked another host for anything."""
    watch = Watch(origin)
    yield watch
    assert watch.complaints == []
    assert watch.strangers == []


@pytest.fixture
def page(chromium: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A desk screen, 1280 by 720."""
    context = chromium.new_context(base_url=watch.origin, viewport={"width": 1280, "height": 720})
    opened = context.new_page()
    watch.follow(opened)
    yield opened
    keep_screenshot(opened, request.node.name)
    context.close()
