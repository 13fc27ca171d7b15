"""Browsers without a screen: signed in or not, over a service with real services."""

from typing import Any

import pytest
from fastapi import FastAPI
from visitor import Browse, Browser, add_user

from qa_service.services import Services
from qa_service.vocabulary import Role


@pytest.fixture
def stranger(app: FastAPI) -> Browser:
    return Browser(app)


@pytest.fixture
def browse(app: FastAPI, services: Services) -> Browse:
    """Makes a user with the given roles and signs him in."""

    def signed_in(login: str, *roles: Role, **chosen: Any) -> Browser:
        add_user(services, login, *roles, **chosen)
        browser = Browser(app)
        browser.enter(login)
        return browser

    return signed_in


@pytest.fixture
def operator(browse: Browse) -> Browser:
    return browse("zuoxi")


@pytest.fixture
def editor(browse: Browse) -> Browser:
    """Writes pairs, and answers the phone too."""
    return browse("bianji", Role.EDITOR, Role.OPERATOR)


@pytest.fixture
def admin(browse: Browse) -> Browser:
    return browse("guanli", Role.ADMIN, Role.OPERATOR)
