"""Addressees of mails: people by a role, or one person, at their own address or their unit's."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from qa_service.accounts.authority import authority_of
from qa_service.accounts.models import Unit, User
from qa_service.accounts.unit_keeping import EMAIL, EMAIL_CHARACTERS
from qa_service.errors import FieldProblem
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Addressee:
    """A mail address with the name a mail begins with: a person's, or that of the unit.

    ``person_id`` tells whose address it is, None for a unit's.
    """

    name: str
    address: str
    person_id: int | None = None


def clean_address(typed: str) -> str | None:
    """Return an address as it is stored; None for none."""
    return display_clean(typed) or None


def address_problems(typed: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with the address of an account; none is allowed."""
    address = clean_address(typed)
    if address and (len(address) > EMAIL_CHARACTERS or not EMAIL.fullmatch(address)):
        yield FieldProblem("email", "不是电子邮箱地址，应如 gov@example.cn")


def holders_of(
    session: Session, roles: Collection[Role], unit_id: int, *, besides: int | None = None
) -> list[Addressee]:
    """Return the people who hold one of ``roles`` for a unit and can be reached, by login.

    Each address is named once. ``besides`` is the id of a person who need not be told.
    """
    users = session.exec(select(User).where(col(User.is_active)).order_by(User.login)).all()
    found: dict[str, Addressee] = {}
    for user in users:
        if user.id != besides and authority_of(user).holds(roles, [unit_id]):
            one = addressee_of(session, user)
            if one is not None:
                found.setdefault(one.address.casefold(), one)
    return list(found.values())


def addressee_of(session: Session, user: User) -> Addressee | None:
    """Return where an account is told; None where neither it nor its unit has an address."""
    if user.email:
        return Addressee(user.display_name, user.email, user.id)
    unit = session.get(Unit, user.unit_id) if user.unit_id is not None else None
    return Addressee(unit.name, unit.email) if unit is not None and unit.email else None
