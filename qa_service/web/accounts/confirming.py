"""Passwords and codes asked for within a session, counted and written down as at the sign-in."""

from qa_service.accounts.authentication.sign_in import Attempt, begin_attempt, refuse
from qa_service.accounts.users import SignInRefusedError
from qa_service.web.kit.visit import PageContext, address_of


def count_own_attempt(visit: PageContext) -> Attempt:
    """Count an attempt of the user as failed until it is settled; raises TooManyAttemptsError."""
    with visit.write() as session:
        return begin_attempt(session, visit.user.login, address_of(visit.request), now=visit.now)


def refuse_attempt(visit: PageContext, attempt: Attempt, change: str) -> None:
    """Record in the audit trail that ``change`` was not proven."""
    with visit.write() as session:
        refuse(session, attempt, change=change)


def confirm_password(visit: PageContext, password: str, refusal: str) -> Attempt:
    """Return the counted attempt once the user's own password is verified.

    No transaction is open while argon2 runs. The caller ends the count with ``confirm`` once
    nothing else is to be proven. Raises SignInRefusedError with the message ``refusal`` for a
    wrong password, and TooManyAttemptsError.
    """
    attempt = count_own_attempt(visit)
    if not attempt.is_right(password):
        refuse_attempt(visit, attempt, "核对密码")
        raise SignInRefusedError(refusal)
    return attempt
