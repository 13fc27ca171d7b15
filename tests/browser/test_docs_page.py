"""The interface documentation in a real browser, under the real security headers."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class TestDocsPage:
    def test_describes_every_route_and_complains_of_nothing(self, page: Page) -> None:
        page.goto("/docs")
        route = page.locator(".opblock-summary-path").first
        expect(route).to_be_visible()
        route.click()
        expect(page.get_by_text("Try it out").first).to_be_visible()
