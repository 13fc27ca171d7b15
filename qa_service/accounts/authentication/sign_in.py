"""Sign-in: count the attempt, check the password outside any transaction, open a session.

argon2id takes tens of milliseconds by design, and SQLite's write lock would block every
other writer meanwhile. So the caller opens a transaction for the first and last step only.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.audit import record
from qa_service.accounts.authentication.passwords import hash_password, is_password, needs_rehash
from qa_service.accounts.authentication.sessions import close_user_session, open_user_session
from qa_service.accounts.authentication.throttle import count_attempt, reset_failures
from qa_service.accounts.models import User
from qa_service.accounts.users import SignInRefusedError
from qa_service.vocabulary import AuditAction

NOBODY = Actor(ActorKind.PERSON, "（未知）")
"""Logged instead of an unknown login, which may be a mistyped password."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in, already counted; ``actor`` is the account's, or NOBODY."""

    login: str
    address: str
    now: datetime
    actor: Actor
    password_hash: str | None = field(repr=False)

    def is_right(self, password: str) -> bool:
        """Return whether the password is right; takes equally long for an unknown login."""
        return is_password(self.password_hash, password)

    def renewed_hash(self, password: str) -> str | None:
        """Return a hash of the right password by today's parameters; None if it has them."""
        if self.password_hash is None or not needs_rehash(self.password_hash):
            return None
        return hash_password(password)


def begin_attempt(session: Session, login: str, address: str, *, now: datetime) -> Attempt:
    """Count an attempt as failed until ``admit`` resets it; raises TooManyAttemptsError."""
    count_attempt(session, login, address, now=now)
    user = _find(session, login)
    if user is None:
        return Attempt(login, address, now, NOBODY, None)
    return Attempt(login, address, now, Actor.of_user(user), user.password_hash)


def refuse(session: Session, attempt: Attempt, *, change: str | None = None) -> None:
    """Record the failed attempt in the audit trail; ``change`` says what was to be proven."""
    record(
        session,
        AuditAction.SIGN_IN_REFUSED,
        actor=attempt.actor,
        now=attempt.now,
        address=attempt.address,
        change=change,
    )


def confirm(session: Session, attempt: Attempt) -> None:
    """Reset the count after a right password or code that was asked for within a session."""
    reset_failures(session, attempt.login, attempt.address, now=attempt.now)


def admit(
    session: Session,
    attempt: Attempt,
    *,
    hours: int,
    renewed_hash: str | None = None,
    earlier_token: str = "",
) -> str:
    """Open a session after a right password and return its token; end the earlier one.

    If the account has a second factor the session waits for a code. Raises
    SignInRefusedError if the account is not in use, or its password was replaced meanwhile.
    """
    user = _find(session, attempt.login)
    if user is None or not user.is_active:
        raise SignInRefusedError("该账号已停用，请联系管理员")
    if user.password_hash != attempt.password_hash:
        raise SignInRefusedError("密码刚刚被修改，请用新密码登录")
    if renewed_hash is not None:
        user.password_hash = renewed_hash
        session.add(user)
    return enter(
        session,
        user,
        address=attempt.address,
        hours=hours,
        now=attempt.now,
        earlier_token=earlier_token,
        awaits_code=user.totp_sealed is not None,
    )


def enter(
    session: Session,
    user: User,
    *,
    address: str,
    hours: int,
    now: datetime,
    earlier_token: str = "",
    awaits_code: bool = False,
    by_provider: bool = False,
) -> str:
    """Open a session for an authenticated user and return its token; end the earlier one."""
    if not awaits_code:
        reset_failures(session, user.login, address, now=now)
        record(session, AuditAction.SIGN_IN, actor=Actor.of_user(user), now=now, address=address)
    close_user_session(session, earlier_token)
    return open_user_session(
        session, user, hours=hours, now=now, awaits_code=awaits_code, by_provider=by_provider
    )


def _find(session: Session, login: str) -> User | None:
    return session.exec(select(User).where(User.login == login)).one_or_none()
