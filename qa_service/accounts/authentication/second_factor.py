"""The second factor: time-based one-time codes of an authenticator app (TOTP, RFC 6238)."""

from datetime import datetime

import pyotp
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.models import User
from qa_service.errors import ConfigurationError, FieldProblem, InvalidInputError
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import AuditAction

ISSUER = "政策咨询问答库"
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""Steps before and after the present one whose codes are accepted, because clocks differ."""


class WrongCodeError(InvalidInputError):
    """The code is not that of the current time step, or was used before."""

    code = "wrong_code"
    title = "动态口令不正确"


def new_secret() -> str:
    """Return a new random secret for an authenticator app, in Base32."""
    return pyotp.random_base32()


def enrolment_address(secret: str, login: str) -> str:
    """Return the ``otpauth://`` address that hands the secret to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def seal_offer(secret: str, user_id: int, cipher: FieldCipher) -> str:
    """Return ``secret`` encrypted, for the form in which this user confirms it."""
    return cipher.encrypt(secret, context=_offer_of(user_id))


def open_offer(sealed: str, user_id: int, cipher: FieldCipher) -> str | None:
    """Return the secret that ``seal_offer`` encrypted for this user; None for any other text.

    A text encrypted for something else, such as a stored secret or a contact, is not opened.
    """
    try:
        return cipher.decrypt(sealed, context=_offer_of(user_id))
    except ConfigurationError:
        return None


def enrol(
    session: Session, user: User, secret: str, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Require codes of ``secret`` from now on; raises WrongCodeError if ``code`` is not one."""
    session.refresh(user, with_for_update=True)
    user.totp_step = _matched_step(secret, code, now, after=0)
    user.totp_sealed = cipher.encrypt(secret, context=_stored_of(user.id))
    session.add(user)
    record(session, AuditAction.SECOND_FACTOR, actor=Actor.of_user(user), now=now, change="启用")


def check_code(
    session: Session, user: User, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Accept a code once; raises WrongCodeError if it is wrong or was used before.

    The row is locked, so that of two sessions that show the same code one alone gets in.
    """
    session.refresh(user, with_for_update=True)
    secret = _secret_of(user, cipher)
    user.totp_step = _matched_step(secret, code, now, after=user.totp_step)
    session.add(user)
    session.flush()


def drop_second_factor(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Remove the second factor of ``user``, for example because the phone was lost."""
    user.totp_sealed = None
    session.add(user)
    record(
        session, AuditAction.SECOND_FACTOR, actor=actor, now=now, subject=user.login, change="停用"
    )


def reseal(user: User, cipher: FieldCipher) -> None:
    """Encrypt the user's secret again under the present encryption key."""
    user.totp_sealed = cipher.encrypt(_secret_of(user, cipher), context=_stored_of(user.id))


def stored_contexts(user_id: int | None) -> tuple[str, ...]:
    """Return the contexts one of which the user's stored secret was encrypted in.

    They are the user's own, and none, in which earlier releases encrypted it.
    """
    return (_stored_of(user_id), "")


def _secret_of(user: User, cipher: FieldCipher) -> str:
    sealed = user.totp_sealed or ""
    own, earlier = stored_contexts(user.id)
    try:
        return cipher.decrypt(sealed, context=own)
    except ConfigurationError:
        return cipher.decrypt(sealed, context=earlier)


def _stored_of(user_id: int | None) -> str:
    return f"second factor of user {user_id}"


def _offer_of(user_id: int) -> str:
    return f"second factor offered to user {user_id}"


def _matched_step(secret: str, code: str, now: datetime, *, after: int) -> int:
    plain = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        is_same = pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP_SECONDS), plain)
        if is_same and step > after:
            return step
    message = "动态口令不正确或已使用，请输入应用里现在显示的 6 位数字"
    raise WrongCodeError(message, problems=(FieldProblem("code", message),))
