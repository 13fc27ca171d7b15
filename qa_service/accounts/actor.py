"""Actors: a person, a system with an API key, or the service itself (系统).

A person may act on a page or with an API key of their own; a system acts with its key and is
never a person, whatever name it states.

An actor is built once at the entry point of a request, a command or a job, and passed down
to every change. Rows store its name for display and its ids for comparison.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Self

from qa_service.accounts.acts import AnyAct, PersonKeyRequiredError, needs_person
from qa_service.accounts.authority import EVERY_UNIT, Authority, authority_of
from qa_service.accounts.models import ApiKey, User
from qa_service.accounts.permissions import SYSTEM_ROLES, Permission, require
from qa_service.vocabulary import Role

NO_AUTHORITY = Authority({})


class ActorKind(StrEnum):
    """The kind of an actor."""

    PERSON = "person"
    """人员"""
    SYSTEM = "system"
    """接口密钥"""
    CLOCKWORK = "clockwork"
    """系统"""


class RecordedActor(NamedTuple):
    """An actor as a row stores it: the name that the history shows, and its ids.

    Both ids are None for the service itself and where an earlier release kept a name only.
    """

    name: str
    person_id: int | None = None
    api_key_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The originator of a change, with the roles under which it is made.

    ``name`` is what rows record: the login of a person, ``api:<key>`` of a system, and
    ``api:<key>（自称 <stated>）`` where a system states for whom it acts. ``person_id`` is
    ``user_account.id``; ``api_key_id`` is ``api_key.id`` of the key a request came with,
    and ``key_name`` is the name that rows record for that key alone. ``is_consequence`` marks
    a step that follows from one for which the actor had permission.
    """

    kind: ActorKind
    name: str
    authority: Authority = NO_AUTHORITY
    person_id: int | None = None
    api_key_id: int | None = None
    login: str = ""
    display_name: str = ""
    key_name: str = ""
    is_consequence: bool = False

    @classmethod
    def of_user(cls, user: User) -> Self:
        """Return the person with this account; raises ValueError if it was not flushed."""
        if user.id is None:
            raise ValueError("user was not flushed")
        return cls(
            ActorKind.PERSON,
            user.login,
            authority_of(user),
            person_id=user.id,
            login=user.login,
            display_name=user.display_name,
        )

    @classmethod
    def of_key(cls, key: ApiKey) -> Self:
        """Return the system that holds ``key``, with the roles of the key's scopes.

        The roles of a unit's key count for that unit only.
        """
        within = EVERY_UNIT if key.unit_id is None else frozenset({key.unit_id})
        roles = (role for scope in key.scopes for role in SYSTEM_ROLES.get(scope, ()))
        return cls(
            ActorKind.SYSTEM,
            recorded_key(key),
            Authority(dict.fromkeys(roles, within)),
            api_key_id=key.id,
            display_name=key.name,
            key_name=recorded_key(key),
        )

    @classmethod
    def clockwork(cls, name: str = "系统") -> Self:
        """Return the service itself, for a job or a command, under the name the history shows."""
        return cls(ActorKind.CLOCKWORK, name, display_name=name)

    @property
    def recorded(self) -> RecordedActor:
        """Return the name and the ids to be stored in a row."""
        return RecordedActor(self.name, self.person_id, self.api_key_id)

    def with_role(self, role: Role) -> Self:
        """Return the same actor holding only ``role``, for every unit.

        For a step that follows from one for which the actor had permission.
        """
        return replace(self, authority=Authority.of({role}), is_consequence=True)

    def through(self, key: ApiKey) -> Self:
        """Return the same person, with their own roles, acting with an API key of their own."""
        return replace(self, api_key_id=key.id, key_name=recorded_key(key))

    def stating(self, stated: str) -> Self:
        """Return the same system, recorded with the name it states, which nobody verified."""
        return replace(self, name=f"{self.key_name}（自称 {stated}）")

    def may_take(self, act: AnyAct) -> bool:
        """Return whether an actor of this kind may take ``act``, whatever the roles."""
        return self.kind is not ActorKind.SYSTEM or self.is_consequence or not needs_person(act)

    def require_person(self, act: AnyAct) -> None:
        """Raise PersonKeyRequiredError for a system where ``act`` needs a person."""
        if not self.may_take(act):
            raise PersonKeyRequiredError(act)

    def is_same_person_as(self, other: RecordedActor) -> bool:
        """Return whether both are the same person, or the same system whatever it stated.

        The service itself is no person.
        """
        if self.person_id is not None or other.person_id is not None:
            return self.person_id == other.person_id
        return self.api_key_id is not None and self.api_key_id == other.api_key_id

    def is_distinct_from(self, other: RecordedActor) -> bool:
        """Return whether the two count as two people under the four-eyes rule (起草与审核).

        A key counts once, unless each time a person acted with it.
        """
        if self.person_id is not None and other.person_id is not None:
            return self.person_id != other.person_id
        return self.api_key_id is None or self.api_key_id != other.api_key_id


def recorded_key(key: ApiKey) -> str:
    """Return the name under which rows record ``key``: ``api:<name>``."""
    return f"api:{key.name}"


CLOCKWORK = Actor.clockwork()
"""Actor of jobs and of the automatic consequences of a change."""
COMMAND_LINE = Actor.clockwork("命令行")
"""Actor of commands on the server, which have no signed-in user."""
IMPORTER = Actor.clockwork("导入")
"""Actor of pairs that were imported from a file by command."""
STARTER_BANK = Actor.clockwork("起步库")
"""Actor of the pairs that are delivered with the service."""
PUBLIC = Actor.clockwork("公众自助")
"""Actor of what citizens do by themselves at the public desk; nobody knows who they are."""


RESERVED_NAMES = frozenset(
    one.name for one in (CLOCKWORK, COMMAND_LINE, IMPORTER, STARTER_BANK, PUBLIC)
)
"""Names of the service itself, which no account may bear."""


def check_permission(actor: Actor, permission: Permission) -> None:
    """Raise NotPermittedError unless the actor has the permission, as the service itself has."""
    if actor.kind is not ActorKind.CLOCKWORK:
        require(actor.authority, permission)
