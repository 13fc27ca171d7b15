"""Selects samples of what is encrypted in the database: askers and second factors."""

from collections.abc import Collection

from sqlalchemy import and_, or_
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from qa_service.accounts.authentication.second_factor import stored_contexts
from qa_service.accounts.models import User
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FIRST_KEY, key_id_of
from qa_service.storage.key_register import SealedText


def _without_context(_asker_id: int | None) -> tuple[str, ...]:
    """Return the contexts of an asker's name and contact: they are encrypted in none."""
    return ("",)


_COLUMNS = (
    (col(Asker.contact_sealed), col(Asker.id), _without_context),
    (col(Asker.name_sealed), col(Asker.id), _without_context),
    (col(User.totp_sealed), col(User.id), stored_contexts),
)


def sealed_samples(session: Session, key_ids: Collection[int]) -> dict[int, tuple[SealedText, ...]]:
    """Return the oldest and newest sealed text of each column by key id.

    ``key_ids`` are those known so far; ids that only sealed texts name are found too.
    """
    wanted = {*key_ids, FIRST_KEY}
    while (unknown := _other_id(session, wanted)) is not None:
        wanted.add(unknown)
    found = {key_id: _samples(session, key_id) for key_id in sorted(wanted)}
    return {key_id: texts for key_id, texts in found.items() if texts}


def _samples(session: Session, key_id: int) -> tuple[SealedText, ...]:
    """Return sealed texts of one key."""
    texts: list[SealedText] = []
    for sealed, id_, contexts in _COLUMNS:
        of_key = select(sealed, id_).where(_is_under(sealed, key_id)).limit(1)
        for order in (id_.asc(), id_.desc()):
            rows = session.exec(of_key.order_by(order)).all()
            texts += [SealedText(text, contexts(row_id)) for text, row_id in rows if text]
    return tuple(dict.fromkeys(texts))


def _other_id(session: Session, known: Collection[int]) -> int | None:
    """Return the id of a key beside ``known`` under which something is sealed; None if none."""
    for sealed, _id, _contexts in _COLUMNS:
        others = and_(sealed.is_not(None), *(~_is_under(sealed, key_id) for key_id in known))
        text = session.exec(select(sealed).where(others).limit(1)).first()
        key_id = _id_in(text or "")
        if key_id is not None and key_id not in known:
            return key_id
    return None


def _id_in(sealed: str) -> int | None:
    """Return the key id in a sealed text; None in a damaged one."""
    try:
        return key_id_of(sealed)
    except ValueError:
        return None


def _is_under(sealed: Mapped[str | None], key_id: int) -> ColumnElement[bool]:
    """Return a condition: sealed under this key; texts without an id are of the first one."""
    with_id = sealed.like(f"{key_id}:%")
    return or_(with_id, sealed.not_like("%:%")) if key_id == FIRST_KEY else with_id
