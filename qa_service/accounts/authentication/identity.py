"""The identity of a user at the identity provider (统一身份认证): issuer and subject, kept.

Logins and e-mail addresses may be changed and given to others at the provider; the subject of
an issuer never is (OpenID Connect Core 5.7).
"""

from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.models import User
from qa_service.accounts.users import end_sessions
from qa_service.errors import UnauthenticatedError
from qa_service.vocabulary import AuditAction


class IdentityTakenError(UnauthenticatedError):
    """The account is kept as another person at the identity provider."""

    code = "identity_taken"
    title = "账号已关联他人"


def find_by_identity(session: Session, issuer: str, subject: str) -> User | None:
    """Return the user kept as this person at an identity provider, active or not, or None."""
    wanted = select(User).where(User.oidc_issuer == issuer, User.oidc_subject == subject)
    return session.exec(wanted).one_or_none()


def keep_identity(
    session: Session, user: User, issuer: str, subject: str, *, now: datetime
) -> None:
    """Keep who the user is at the identity provider, so that later sign-ins need no name.

    Raises IdentityTakenError if the user is kept as another person already.
    """
    if user.oidc_subject is not None:
        raise IdentityTakenError(
            f"账号“{user.login}”已关联另一个统一身份认证账号，请联系管理员解除关联后再登录"
        )
    user.oidc_issuer, user.oidc_subject = issuer, subject
    session.add(user)
    session.flush()
    actor = Actor.of_user(user)
    change = "关联统一身份认证"
    record(session, AuditAction.USER, actor=actor, now=now, subject=user.login, change=change)


def forget_identity(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Forget who the user is at the identity provider, and end their sessions."""
    user.oidc_issuer = user.oidc_subject = None
    session.add(user)
    end_sessions(session, user)
    change = "解除统一身份认证关联"
    record(session, AuditAction.USER, actor=actor, now=now, subject=user.login, change=change)
