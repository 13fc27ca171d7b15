"""Who acts: a person, a system with an API key, or the service itself (系统).

An actor is built once where a request, a command or a job comes in, and passed down to
whatever changes something. Rows keep its name for people to read and its ids to compare.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Self

from sqlmodel import Session, select

from qa_service.accounts.authority import EVERY_UNIT, Authority, authority_of
from qa_service.accounts.models import ApiKey, User
from qa_service.accounts.permissions import SCOPE_ROLES
from qa_service.vocabulary import Role

NO_AUTHORITY = Authority({})


class ActorKind(StrEnum):
    """Which of the three kinds of actor it is."""

    PERSON = "person"
    """人员"""
    SYSTEM = "system"
    """接口密钥"""
    CLOCKWORK = "clockwork"
    """系统"""


class RecordedActor(NamedTuple):
    """An actor as a row records it: the name as history shows it, and the ids behind it.

    Both ids are None for the service itself and where an earlier release kept a name only.
    """

    name: str
    person_id: int | None = None
    api_key_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and with which roles.

    ``name`` is what rows record: the login of a person, ``api:<key>`` of a system,
    ``api:<key>/<stated>`` where a system states for whom it acts. ``person_id`` is
    ``user_account.id``; ``api_key_id`` is ``api_key.id`` of the key a request came with,
    and ``key_name`` is what that key alone is recorded as.
    """

    kind: ActorKind
    name: str
    authority: Authority = NO_AUTHORITY
    person_id: int | None = None
    api_key_id: int | None = None
    login: str = ""
    display_name: str = ""
    key_name: str = ""

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
        roles = (role for scope in key.scopes for role in SCOPE_ROLES.get(scope, ()))
        name = f"api:{key.name}"
        return cls(
            ActorKind.SYSTEM,
            name,
            Authority(dict.fromkeys(roles, within)),
            api_key_id=key.id,
            display_name=key.name,
            key_name=name,
        )

    @classmethod
    def clockwork(cls, name: str = "系统") -> Self:
        """Return the service itself: a job, or a command, under the name history shows."""
        return cls(ActorKind.CLOCKWORK, name, display_name=name)

    @property
    def recorded(self) -> RecordedActor:
        """The name and the ids as a row keeps them."""
        return RecordedActor(self.name, self.person_id, self.api_key_id)

    def with_role(self, role: Role) -> Self:
        """Return the same actor holding only ``role``, for every unit.

        For a step that follows from one the actor was allowed already.
        """
        return replace(self, authority=Authority.of({role}))

    def through(self, system: "Actor") -> Self:
        """Return the same person acting through a system's key, with their own roles."""
        return replace(self, api_key_id=system.api_key_id, key_name=system.key_name)

    def is_same_person_as(self, other: RecordedActor) -> bool:
        """Return whether both are the same person.

        Two actors without an account are the same when they came with the same key under
        the same stated name. The service itself is nobody.
        """
        if self.person_id is not None or other.person_id is not None:
            return self.person_id == other.person_id
        return self.api_key_id is not None and self.recorded == other

    def is_distinct_from(self, other: RecordedActor) -> bool:
        """Return whether the two count as two people, as the four-eyes rule (起草与审核) asks.

        Two who came with the same key do so only if each is named, and named differently.
        """
        if self.person_id is not None and other.person_id is not None:
            return self.person_id != other.person_id
        if self.api_key_id is None or self.api_key_id != other.api_key_id:
            return True
        return self.name != other.name and self.key_name not in {self.name, other.name}


CLOCKWORK = Actor.clockwork()
"""Does what follows by itself: jobs, and what a change brings about."""
COMMAND_LINE = Actor.clockwork("命令行")
"""Runs commands on the server, where nobody is signed in."""
IMPORTER = Actor.clockwork("导入")
"""Writes the pairs of a file imported by command."""
STARTER_BANK = Actor.clockwork("起步库")
"""Writes the pairs the service is delivered with."""


def act_for(session: Session, system: Actor, stated: str | None) -> Actor:
    """Return who acts when ``system`` states for whom it acts.

    That is the person if ``stated`` is the login of an account, else the system under the
    stated name, which nobody has verified; the system itself if nothing is stated. The
    roles are those of the key in every case.
    """
    if not stated:
        return system
    named = replace(system, name=f"{system.key_name}/{stated}")
    user = session.exec(select(User).where(User.login == stated)).one_or_none()
    if user is None:
        return named
    return replace(
        named,
        kind=ActorKind.PERSON,
        person_id=user.id,
        login=user.login,
        display_name=user.display_name,
    )
