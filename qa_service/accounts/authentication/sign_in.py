"""Signing in: count the attempt, check the password outside any transaction, open a session.

argon2id takes tens of milliseconds on purpose; under SQLite's write lock nobody else could
write meanwhile. So the caller holds a transaction for the first and the last step only.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.audit import record
from qa_service.accounts.authentication.passwords import hash_password, is_password, needs_rehash
from qa_service.accounts.authentication.sessions import close_user_session, open_user_session
from qa_service.accounts.authentication.throttle import count_attempt, reset_failures
from qa_service.accounts.models import User
from qa_service.accounts.users import SignInRefusedError
from qa_service.vocabulary import AuditAction

NOBODY = "（未知）"
"""Stands in the audit trail for a login that is no user's: it may be a password typed amiss."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in, counted already."""

    login: str
    address: str
    now: datetime
    password_hash: str | None = field(repr=False)

    def is_right(self, password: str) -> bool:
        """Whether the password is the user's; slow, and as slow for an unknown login."""
        return is_password(self.password_hash, password)


def begin_attempt(session: Session, login: str, address: str, *, now: datetime) -> Attempt:
    """The attempt, counted as failed until it turns out right; raises TooManyAttemptsError."""
    count_attempt(session, login, address, now=now)
    user = _find(session, login)
    return Attempt(login, address, now, user.password_hash if user else None)


def refuse(session: Session, attempt: Attempt) -> None:
    """Write the failure down."""
    actor = NOBODY if attempt.password_hash is None else attempt.login
    record(
        session, AuditAction.SIGN_IN_REFUSED, actor=actor, now=attempt.now, address=attempt.address
    )


def admit(
    session: Session, attempt: Attempt, password: str, *, hours: int, earlier_token: str = ""
) -> str:
    """The token of a new session of whoever's password was right; the earlier one ends.

    With a second factor the session waits for its code. Raises SignInRefusedError for an
    account no longer in use.
    """
    user = _find(session, attempt.login)
    if user is None or not user.is_active:
        raise SignInRefusedError("该账号已停用，请联系管理员")
    if needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
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
) -> str:
    """The token of a new session of somebody who has shown who he is."""
    if not awaits_code:
        reset_failures(session, user.login, address, now=now)
        record(session, AuditAction.SIGN_IN, actor=user.login, now=now, address=address)
    close_user_session(session, earlier_token)
    return open_user_session(session, user, hours=hours, now=now, awaits_code=awaits_code)


def _find(session: Session, login: str) -> User | None:
    return session.exec(select(User).where(User.login == login)).one_or_none()
