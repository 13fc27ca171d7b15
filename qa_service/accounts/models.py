"""Tables of units, users, sessions, API keys, the audit trail and idempotency keys."""

from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumList, EnumValue, UTCDateTime
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey, AuditAction, Role, Scope, UnitLevel


class Unit(SQLModel, table=True):
    """A unit (承办单位), which issues policies and answers questions about them."""

    __tablename__ = "unit"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=128, unique=True)
    is_default: bool = False
    email: str | None = Field(default=None, max_length=254)
    level: UnitLevel = Field(default=UnitLevel.DISTRICT, sa_type=EnumValue(UnitLevel))
    parent_id: int | None = Field(default=None, foreign_key="unit.id")
    person_in_charge: str | None = Field(default=None, max_length=64)
    phone: str | None = Field(default=None, max_length=64)
    is_active: bool = True
    """False once it is retired; its row stays, because records refer to it."""
    merged_into_id: int | None = Field(default=None, foreign_key="unit.id")


class Area(SQLModel, table=True):
    """A policy area (领域); ``key`` never changes, ``name`` is what pages show."""

    __tablename__ = "policy_area"

    key: AreaKey = Field(primary_key=True, max_length=AREA_CHARACTERS)
    name: str = Field(max_length=AREA_CHARACTERS, unique=True)
    position: int = 0
    is_active: bool = True
    merged_into: str | None = Field(default=None, max_length=AREA_CHARACTERS)


class UnitArea(SQLModel, table=True):
    """The unit responsible for a policy area; questions of the area are routed to it."""

    __tablename__ = "unit_area"

    area: AreaKey = Field(primary_key=True, max_length=AREA_CHARACTERS)
    unit_id: int = Field(foreign_key="unit.id", index=True)


class User(SQLModel, table=True):
    """The account of a person; the password is stored as an argon2id hash."""

    __tablename__ = "user_account"
    __table_args__ = (
        Index("ix_user_account_identity", "oidc_issuer", "oidc_subject", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=64, unique=True)
    display_name: str = Field(max_length=64)
    email: str | None = Field(default=None, max_length=254)
    """Where the person is told of what waits for them; None for the address of their unit."""
    told_on: date | None = None
    """The day for which the person was last told by mail what waits (每日待办邮件)."""
    password_hash: str = Field(max_length=256)
    must_change_password: bool = False
    is_active: bool = True
    roles: list[Role] = Field(default_factory=list, sa_type=EnumList(Role))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    role_units: dict[str, list[int]] = Field(default_factory=dict, sa_type=JSON)
    """For each role limited to some units: the ids of those units."""
    totp_sealed: str | None = Field(default=None, max_length=256)
    """The encrypted secret of the second factor; None if there is none."""
    totp_step: int = 0
    """The time step of the last code used, so that no code is used twice."""
    oidc_issuer: str | None = Field(default=None, max_length=255)
    oidc_subject: str | None = Field(default=None, max_length=255)
    """The person at the identity provider (``iss`` and ``sub``), kept at the first sign-in."""
    created_at: datetime = Field(sa_type=UTCDateTime)


class UserSession(SQLModel, table=True):
    """A browser session; the token in the cookie is stored as a hash."""

    __tablename__ = "user_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    awaits_code: bool = False
    """Whether a code of the second factor is still required."""
    by_provider: bool = False
    """Whether the identity provider confirmed the person, instead of password and code."""
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


class FormDraft(SQLModel, table=True):
    """A user's draft of a form that was not submitted, encrypted; one of each form."""

    __tablename__ = "form_draft"
    __table_args__ = (UniqueConstraint("user_id", "form"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    form: str = Field(max_length=300)
    """The path the form is sent to, with its place among those of the page."""
    values_sealed: str = Field(sa_type=Text)
    saved_at: datetime = Field(sa_type=UTCDateTime, index=True)


class SignInFailure(SQLModel, table=True):
    """Consecutive failed sign-ins of an account or address, with the end of its wait."""

    __tablename__ = "sign_in_failure"

    subject: str = Field(primary_key=True, max_length=64)
    failures: int
    last_at: datetime = Field(sa_type=UTCDateTime, index=True)
    blocked_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ApiKey(SQLModel, table=True):
    """An API key of another system or of a person; shown once, stored as a hash."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=64, unique=True)
    key_hash: str = Field(max_length=64, unique=True)
    scopes: list[Scope] = Field(default_factory=list, sa_type=EnumList(Scope))
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    """The person as whom the key acts; None for a system's key."""
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    is_active: bool = True
    per_minute: int = 6000
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)


class AuditEvent(SQLModel, table=True):
    """An audit record (审计记录): actor, action and subject; append-only, chained by hashes."""

    __tablename__ = "audit_event"

    id: int = Field(primary_key=True)
    occurred_at: datetime = Field(sa_type=UTCDateTime, index=True)
    actor: str = Field(index=True)
    actor_person_id: int | None = None
    actor_key_id: int | None = None
    action: AuditAction = Field(sa_type=EnumValue(AuditAction), index=True)
    subject: str = Field(default="", max_length=128)
    details: dict[str, str | int] = Field(default_factory=dict, sa_type=JSON)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class IdempotencyRecord(SQLModel, table=True):
    """The answer to a writing request, returned again if the caller repeats it."""

    __tablename__ = "idempotency_record"
    __table_args__ = (UniqueConstraint("api_key_id", "idempotency_key"),)

    id: int | None = Field(default=None, primary_key=True)
    api_key_id: int = Field(foreign_key="api_key.id")
    idempotency_key: str = Field(max_length=200)
    request_hash: str = Field(max_length=64)
    status_code: int = 0
    body: dict[str, JsonValue] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime, index=True)
