"""Retention of askers' data: erasure when due, and re-encryption after a key change.

Data is kept for the shortest time necessary: 个人信息保护法 第十九条, 第四十七条.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.clock import beijing_day
from qa_service.ledger.askers.details import name_hash
from qa_service.ledger.models import Asker, Callback, LedgerEntry
from qa_service.storage.encryption import FieldCipher, key_id_of
from qa_service.vocabulary import FINISHED


def erasable(session: Session, *, closed_before: datetime, after: int = 0, limit: int) -> list[int]:
    """Return the ids of askers with no entry that is open or was closed after ``closed_before``.

    Ascending ids above ``after``, at most ``limit``; excludes askers already erased.
    """
    still_needed = select(LedgerEntry.asker_id).where(
        col(LedgerEntry.asker_id).is_not(None),
        (col(LedgerEntry.state).not_in(FINISHED)) | (col(LedgerEntry.closed_at) > closed_before),
    )
    statement = (
        select(Asker.id)
        .where(
            col(Asker.purge_on).is_(None),
            col(Asker.id) > after,
            col(Asker.id).not_in(still_needed),
        )
        .order_by(col(Asker.id))
        .limit(limit)
    )
    return [id_ for id_ in session.exec(statement).all() if id_ is not None]


def erase_contacts(session: Session, asker_ids: Collection[int], *, now: datetime) -> None:
    """Erase names and contacts, including masked ones and the reasons for unusual ones.

    The rows stay for statistics.
    """
    erased = {
        "name_sealed": None,
        "contact_sealed": None,
        "name_hash": None,
        "contact_hash": None,
        "contact_masked": None,
        "contact_note": None,
        "purge_on": beijing_day(now),
    }
    session.execute(update(Asker).where(col(Asker.id).in_(asker_ids)).values(**erased))
    theirs = select(LedgerEntry.id).where(col(LedgerEntry.asker_id).in_(asker_ids))
    calls = update(Callback).where(col(Callback.entry_id).in_(theirs))
    session.execute(calls.values(contact_masked=None))
    session.flush()


def reseal(session: Session, cipher: FieldCipher, *, after: int, limit: int) -> tuple[int, int]:
    """Re-encrypt askers with an id above ``after`` under the current key.

    Also recomputes the look-up hash, so that repeated contacts are still recognised. Returns
    the number of askers re-encrypted and the last id examined, 0 when none is left.
    """
    statement = select(Asker).where(col(Asker.id) > after).order_by(col(Asker.id)).limit(limit)
    askers = session.exec(statement).all()
    changed = 0
    for asker in askers:
        changed += _reseal(asker, cipher)
        session.add(asker)
    session.flush()
    return changed, (askers[-1].id or 0) if askers else 0


def hash_askers(session: Session, cipher: FieldCipher, *, limit: int) -> int:
    """Add the look-up hashes to at most ``limit`` askers that lack one; return how many.

    Names of earlier releases lack them, and what the public desk sealed.
    """
    statement = select(Asker).where(
        (col(Asker.name_sealed).is_not(None) & col(Asker.name_hash).is_(None))
        | (col(Asker.contact_sealed).is_not(None) & col(Asker.contact_hash).is_(None))
    )
    askers = session.exec(statement.order_by(col(Asker.id)).limit(limit)).all()
    for asker in askers:
        if asker.name_sealed:
            asker.name_hash = name_hash(cipher.decrypt(asker.name_sealed), cipher)
        if asker.contact_sealed:
            asker.contact_hash = cipher.lookup_hash(cipher.decrypt(asker.contact_sealed))
        session.add(asker)
    session.flush()
    return len(askers)


def _reseal(asker: Asker, cipher: FieldCipher) -> bool:
    sealed = [text for text in (asker.name_sealed, asker.contact_sealed) if text]
    if all(key_id_of(text) == cipher.key_id for text in sealed):
        return False
    if asker.name_sealed:
        name = cipher.decrypt(asker.name_sealed)
        asker.name_sealed = cipher.encrypt(name)
        asker.name_hash = name_hash(name, cipher)
    if asker.contact_sealed:
        contact = cipher.decrypt(asker.contact_sealed)
        asker.contact_sealed = cipher.encrypt(contact)
        asker.contact_hash = cipher.lookup_hash(contact)
    return True
