"""Signed-in browsers: a random token in the cookie, its hash in the database."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.models import Role, User, UserSession

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as pages and services need to know it."""

    user_id: int
    login: str
    display_name: str
    roles: frozenset[Role]
    csrf_token: str
    must_change_password: bool
    unit_id: int | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the user may publish and manage."""
        return Role.ADMIN in self.roles


def open_user_session(session: Session, user: User, *, hours: int, now: datetime) -> str:
    """The token for the cookie; expired sessions of anybody are dropped on the way."""
    if user.id is None:
        raise ValueError("user was not flushed")
    session.execute(delete(UserSession).where(col(UserSession.expires_at) < now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def find_signed_in(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Who holds ``token``, or None when it is unknown, expired or its user inactive."""
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token))
    )
    row = session.exec(statement).first()
    if row is None or row[0].expires_at <= now or not row[1].is_active:
        return None
    held, user = row
    return SignedIn(
        user_id=held.user_id,
        login=user.login,
        display_name=user.display_name,
        roles=frozenset(Role(role) for role in user.roles),
        csrf_token=held.csrf_token,
        must_change_password=user.must_change_password,
        unit_id=user.unit_id,
    )


def close_user_session(session: Session, token: str) -> None:
    """Sign the browser out; an unknown token is harmless."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == hash_token(token)))


def hash_token(token: str) -> str:
    """SHA-256 of a random token; nothing slower is needed for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
