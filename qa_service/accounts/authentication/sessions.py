"""Signed-in browsers: a random token in the cookie, its hash in the database."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.authority import Authority, Within, authority_of
from qa_service.accounts.models import User, UserSession
from qa_service.accounts.permissions import Permission, is_permitted, units_for

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as pages and services need to know it."""

    user_id: int
    login: str
    display_name: str
    authority: Authority
    csrf_token: str
    must_change_password: bool
    seen_at: datetime
    awaits_code: bool = False
    has_second_factor: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether one of the user's roles is granted ``permission``."""
        return is_permitted(self.authority, permission)

    def units_for(self, permission: Permission) -> Within:
        """Of which units only the user sees what ``permission`` opens; None for all."""
        return units_for(self.authority, permission)

    @property
    def ledger_units(self) -> Within:
        """Whose entries the user sees."""
        return self.units_for(Permission.READ_LEDGER)

    @property
    def bank_units(self) -> Within:
        """Whose pairs in work the user sees."""
        return self.units_for(Permission.READ_BANK)


def open_user_session(
    session: Session, user: User, *, hours: int, now: datetime, awaits_code: bool = False
) -> str:
    """The token for the cookie; expired sessions of anybody are dropped on the way.

    ``hours`` is the absolute limit, however busy the browser is.
    """
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
            seen_at=now,
            awaits_code=awaits_code,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def find_signed_in(
    session: Session, token: str, *, now: datetime, idle: timedelta = timedelta(hours=1)
) -> SignedIn | None:
    """Who holds ``token``; None when it is unknown, expired, idle too long, its user inactive."""
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token))
    )
    row = session.exec(statement).first()
    if row is None:
        return None
    held, user = row
    if held.expires_at <= now or held.seen_at + idle <= now or not user.is_active:
        return None
    return SignedIn(
        user_id=held.user_id,
        login=user.login,
        display_name=user.display_name,
        authority=authority_of(user),
        csrf_token=held.csrf_token,
        must_change_password=user.must_change_password,
        seen_at=held.seen_at,
        awaits_code=held.awaits_code,
        has_second_factor=user.totp_sealed is not None,
    )


def close_user_session(session: Session, token: str) -> None:
    """Sign the browser out; an unknown token is harmless."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == hash_token(token)))


def hash_token(token: str) -> str:
    """SHA-256 of a random token; nothing slower is needed for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
