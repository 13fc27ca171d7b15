"""Sign-in throttling against guessed passwords and codes (OWASP ASVS 5, 6.3.1).

An attempt counts as failed before it is checked, so that concurrent attempts cannot all
pass; a successful one resets the count.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from qa_service.accounts.models import SignInFailure
from qa_service.errors import ThrottledError
from qa_service.storage.locks.advisory import lock_for_transaction

ACCOUNT_FAILURES = 5
"""Consecutive failures of an account before a wait is imposed."""
ADDRESS_FAILURES = 30
"""The same for an address, which an entire office may share."""
MAX_WAIT = timedelta(minutes=15)
RESET_AFTER = timedelta(hours=24)


class TooManyAttemptsError(ThrottledError):
    """The account or the address failed too often."""

    code = "too_many_attempts"
    title = "登录失败次数过多"


def count_attempt(session: Session, login: str, address: str, *, now: datetime) -> None:
    """Count an attempt as failed; raises TooManyAttemptsError during a wait."""
    account = (_account(login), ACCOUNT_FAILURES)
    _count(session, (account, (_address(address), ADDRESS_FAILURES)), now)


def count_address(session: Session, address: str, *, now: datetime) -> None:
    """Count an attempt of which the account is not known yet; see ``count_attempt``."""
    _count(session, ((_address(address), ADDRESS_FAILURES),), now)


def _count(session: Session, limits: tuple[tuple[str, int], ...], now: datetime) -> None:
    lock_for_transaction(session, "sign-in")
    counts = [(_find(session, subject, now), allowed) for subject, allowed in limits]
    for failure, _allowed in counts:
        _refuse_waiting(failure, now)
    for failure, allowed in counts:
        failure.failures += 1
        failure.last_at = now
        failure.blocked_until = now + wait_after(failure.failures, allowed)
        session.add(failure)
    session.flush()


def reset_failures(session: Session, login: str, address: str, *, now: datetime) -> None:
    """Reset the account's count after a successful attempt; delete counts that have lapsed."""
    for subject, is_whole in ((_account(login), True), (_address(address), False)):
        failure = session.get(SignInFailure, subject)
        if failure is None:
            continue
        # A person with an account must not reset the count of others at the same address.
        failure.failures = 0 if is_whole else max(0, failure.failures - 1)
        failure.blocked_until = None
        session.add(failure)
    oldest = now - RESET_AFTER
    session.execute(delete(SignInFailure).where(col(SignInFailure.last_at) < oldest))
    session.flush()


def wait_after(failures: int, allowed: int) -> timedelta:
    """Return the wait after consecutive failures: none, then 1, 2, 4 … s, at most 15 min."""
    over = failures - allowed
    if over < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(over, 20)), MAX_WAIT)


def _find(session: Session, subject: str, now: datetime) -> SignInFailure:
    failure = session.get(SignInFailure, subject)
    if failure is None or failure.last_at < now - RESET_AFTER:
        fresh = failure or SignInFailure(subject=subject, failures=0, last_at=now)
        fresh.failures, fresh.blocked_until = 0, None
        return fresh
    return failure


def _refuse_waiting(failure: SignInFailure, now: datetime) -> None:
    until = failure.blocked_until
    # A wait beyond the maximum was set while the clock was ahead, so it is ignored.
    if until is None or not now < until <= now + MAX_WAIT:
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
