"""People for services that take who acts, without an account in the database."""

from zlib import crc32

from qa_service.accounts.actor import NO_AUTHORITY, Actor, ActorKind
from qa_service.accounts.authority import Authority


def person(name: str, authority: Authority = NO_AUTHORITY) -> Actor:
    """The person of this login; the same login is the same person."""
    return Actor(
        ActorKind.PERSON,
        name,
        authority,
        person_id=crc32(name.encode()) >> 1,
        login=name,
        display_name=name,
    )
