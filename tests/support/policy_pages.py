"""The library's pages: where a document is, and the form that proposes its end."""

import re

from httpx import Response
from visitor import Browser

_SEEN = re.compile(r'name="seen" value="([^"]*)"')
_ENDING = re.compile(r'name="ending" value="(\d+)"')


def address(browser: Browser, title: str) -> str:
    page = browser.get(f"/policies?q={title}").text
    at = page.index('<a href="/policies/', page.index("<tbody>"))
    return page[at:].split('"')[1]


def proposed_end(browser: Browser, path: str) -> str:
    """The number of the end that the page shows for a decision; "" if none."""
    shown = _ENDING.search(browser.get(f"{path}/ending").text)
    return shown[1] if shown else ""


def decide_end(browser: Browser, path: str, step: str, **typed: str) -> Response:
    """Confirm or refuse the end that the page shows."""
    return browser.post(f"{path}/ending/{step}", ending=proposed_end(browser, path), **typed)


def propose(browser: Browser, path: str, **changes: str) -> Response:
    """Send the form as the page shows it."""
    seen = _SEEN.search(browser.get(f"{path}/ending").text)
    form = {
        "validity": "废止",
        "invalid_since": "2026-11-01",
        "reason": "由新办法代替",
        "seen": seen[1] if seen else "",
    }
    return browser.post(f"{path}/ending", **{**form, **changes})
