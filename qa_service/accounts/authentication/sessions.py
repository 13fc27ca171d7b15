"""Browser sessions: a random token in the cookie, its hash in the database."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority, Within
from qa_service.accounts.models import User, UserSession
from qa_service.accounts.permissions import Permission, is_permitted, units_for

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person and the state of their browser session."""

    actor: Actor
    user_id: int
    csrf_token: str
    must_change_password: bool
    seen_at: datetime
    awaits_code: bool = False
    has_second_factor: bool = False
    by_provider: bool = False
    """Whether the identity provider confirmed the person, with its own second factor."""

    @property
    def login(self) -> str:
        """The person's login."""
        return self.actor.login

    @property
    def display_name(self) -> str:
        """The person's name as pages show it."""
        return self.actor.display_name

    @property
    def authority(self) -> Authority:
        """The person's roles with their units."""
        return self.actor.authority

    def may(self, permission: Permission) -> bool:
        """Return whether one of the person's roles has ``permission``."""
        return is_permitted(self.authority, permission)

    def units_for(self, permission: Permission) -> Within:
        """Return the units whose records ``permission`` opens to the person; None for all."""
        return units_for(self.authority, permission)

    @property
    def ledger_units(self) -> Within:
        """The units whose ledger entries the person sees; None for all."""
        return self.units_for(Permission.READ_LEDGER)

    @property
    def bank_units(self) -> Within:
        """The units whose unpublished pairs the person sees; None for all."""
        return self.units_for(Permission.READ_BANK)


def open_user_session(
    session: Session,
    user: User,
    *,
    hours: int,
    now: datetime,
    awaits_code: bool = False,
    by_provider: bool = False,
) -> str:
    """Open a session and return the token for the cookie; delete all expired sessions.

    The session ends after ``hours`` even if it is in use. Raises ValueError if ``user`` was
    not flushed.
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
            by_provider=by_provider,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def find_signed_in(
    session: Session, token: str, *, now: datetime, idle: timedelta = timedelta(hours=1)
) -> SignedIn | None:
    """Return the user signed in with ``token``.

    None if the token is unknown, expired or idle for longer than ``idle``, or the user inactive.
    """
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
        actor=Actor.of_user(user),
        user_id=held.user_id,
        csrf_token=held.csrf_token,
        # A person whom the provider confirmed has never needed the one-time password.
        must_change_password=user.must_change_password and not held.by_provider,
        seen_at=held.seen_at,
        awaits_code=held.awaits_code,
        has_second_factor=user.totp_sealed is not None,
        by_provider=held.by_provider,
    )


def close_user_session(session: Session, token: str) -> None:
    """End the session of this token, if there is one."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == hash_token(token)))


def end_every_session(session: Session) -> None:
    """End the sessions of all users, as after a restore, which would revive ended ones."""
    session.execute(delete(UserSession))
    session.flush()


def hash_token(token: str) -> str:
    """Return the SHA-256, in hex, of a random token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
