"""Slows down whoever guesses passwords or codes (OWASP ASVS 5, 6.3.1).

An attempt counts as failed before it is looked at, so that attempts made at the same time
cannot all slip through; the right password takes the count back.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from qa_service.accounts.models import SignInFailure
from qa_service.errors import ThrottledError
from qa_service.storage.advisory_locks import lock_for_transaction

ACCOUNT_FREE = 5
"""Failures in a row that cost an account no wait."""
ADDRESS_FREE = 30
"""The same for an address, behind which a whole office may sit."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


class TooManyAttemptsError(ThrottledError):
    """The account or the address failed too often."""

    code = "too_many_attempts"
    title = "登录失败次数过多"


def count_attempt(session: Session, login: str, address: str, *, now: datetime) -> None:
    """Count an attempt as failed; raises TooManyAttemptsError while a wait is on."""
    lock_for_transaction(session, "sign-in")
    limits = ((_account(login), ACCOUNT_FREE), (_address(address), ADDRESS_FREE))
    held = [(_find(session, subject, now), free) for subject, free in limits]
    for failure, _free in held:
        _refuse_waiting(failure, now)
    for failure, free in held:
        failure.failures += 1
        failure.last_at = now
        failure.blocked_until = now + wait_after(failure.failures, free)
        session.add(failure)
    session.flush()


def reset_failures(session: Session, login: str, address: str, *, now: datetime) -> None:
    """Take back what was counted: the attempt was right. Old counts are dropped on the way."""
    for subject, is_whole in ((_account(login), True), (_address(address), False)):
        failure = session.get(SignInFailure, subject)
        if failure is None:
            continue
        # One who knows his own password must not reset the count of others' for his address.
        failure.failures = 0 if is_whole else max(0, failure.failures - 1)
        failure.blocked_until = None
        session.add(failure)
    oldest = now - FORGOTTEN_AFTER
    session.execute(delete(SignInFailure).where(col(SignInFailure.last_at) < oldest))
    session.flush()


def wait_after(failures: int, free: int) -> timedelta:
    """The wait after so many failures in a row: none, then 1, 2, 4 … seconds, at most 15 min."""
    over = failures - free
    if over < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(over, 20)), LONGEST_WAIT)


def _find(session: Session, subject: str, now: datetime) -> SignInFailure:
    failure = session.get(SignInFailure, subject)
    if failure is None or failure.last_at < now - FORGOTTEN_AFTER:
        fresh = failure or SignInFailure(subject=subject, failures=0, last_at=now)
        fresh.failures, fresh.blocked_until = 0, None
        return fresh
    return failure


def _refuse_waiting(failure: SignInFailure, now: datetime) -> None:
    until = failure.blocked_until
    # Nobody waits longer than the longest wait: the clock was ahead then.
    if until is None or not now < until <= now + LONGEST_WAIT:
        return
    seconds = max(1, round((until - now).total_seconds()))
    wait = f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"
    raise TooManyAttemptsError(f"失败次数过多，请在 {wait}后再试", retry_seconds=seconds)


def _account(login: str) -> str:
    return _hashed("account:" + login.strip().lower())


def _address(address: str) -> str:
    return _hashed("address:" + address)


def _hashed(subject: str) -> str:
    return hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
