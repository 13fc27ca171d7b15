"""The present names of the people of an installation."""

from sqlmodel import Session, select

from qa_service.accounts.models import User


def every_display_name(session: Session) -> dict[int | str, str]:
    """Return the current display name of every account, by id and by login."""
    rows = session.exec(select(User.id, User.login, User.display_name)).all()
    by_login: dict[int | str, str] = {login: name for _, login, name in rows}
    return by_login | {found: name for found, _, name in rows if found is not None}


def display_name_of(session: Session, recorded: str, person_id: int | None) -> str:
    """Return the current name of the person with this id; what was recorded without one."""
    user = session.get(User, person_id) if person_id is not None else None
    return user.display_name if user else recorded
