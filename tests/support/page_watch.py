"""Notes what a page does that its user does not see."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request

SCREENSHOTS = "SCREENSHOTS"
"""Names a folder, in the environment, that keeps a picture of the last page of each test."""


@dataclass
class Watch:
    """What went on in a page behind the user's back."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith(self.origin + "/"):
            self.strangers.append(request.url)

    def follow(self, page: Page) -> None:
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.on_request)


def keep_screenshot(page: Page, test: str) -> None:
    """Keep a picture of the whole page, to be looked at, where the environment names a folder."""
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        name = re.sub(r"[^\w-]+", "-", test).strip("-")
        # Hiding the caret would be an inline style, of which the page complains.
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, caret="initial")
