"""Somebody before the pages, without a screen."""

import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import col, select

from qa_service.accounts.authentication.sessions import hash_token, open_user_session
from qa_service.accounts.models import User, UserSession
from qa_service.accounts.users import create_user
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.web.kit.access import SESSION_COOKIE

PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

UNIT = "education"
"""The unit of everybody who is staff of one."""

Browse = Callable[..., "Browser"]


class Browser:
    """A visitor who follows no redirect by himself and fills in the page's token."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.client = TestClient(app, follow_redirects=False)

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers=headers)

    def token(self, path: str = "/account") -> str:
        found = _TOKEN.search(self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def _session_token(self) -> str:
        """The token that every page of the session holds, without a page rendered for it."""
        cookie = self.client.cookies.get(SESSION_COOKIE)
        if cookie:
            with session_scope(self._services.database, read_only=True) as session:
                stored = select(UserSession.csrf_token).where(
                    UserSession.token_hash == hash_token(cookie)
                )
                if token := session.exec(stored).first():
                    return token
        return self.token()

    @property
    def _services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def post(
        self, path: str, *, on: str | None = None, htmx: bool = False, **fields: object
    ) -> Response:
        headers = {"HX-Request": "true"} if htmx else {}
        token = self.token(on) if on else self._session_token()
        data = {"csrf_token": token, **fields}
        return self.client.post(path, data=data, headers=headers)

    def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> Response:
        return self.post("/login", on="/login", login=login, password=password, **fields)

    def enter(self, login: str) -> None:
        """Be signed in as by the form, of which the tests of signing in make sure."""
        services = self._services
        with session_scope(services.database) as session:
            user = session.exec(select(User).where(col(User.login) == login)).one()
            token = open_user_session(
                session, user, hours=services.settings.session_hours, now=services.clock.now()
            )
        self.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local", path="/")


def add_user(
    services: Services, login: str, *roles: Role, must_change: bool = False, **chosen: Any
) -> None:
    with session_scope(services.database) as session:
        create_user(
            session,
            login,
            PASSWORD,
            display_name=f"用户{login}",
            roles=roles or (Role.OPERATOR,),
            now=services.clock.now(),
            must_change_password=must_change,
            **({"unit": UNIT if Role.UNIT in roles else None} | chosen),
        )
