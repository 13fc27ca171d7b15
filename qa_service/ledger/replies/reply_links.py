"""One-time links by which a unit without an account answers one entry (一次性答复链接).

A link is signed, not stored: its token is the row's id with a keyed hash over what the row
holds. Its holder may see the masked question and hand in one reply, which another person
reviews as any other; it shows nothing of the asker.
"""

import hmac
import re
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import RecordedActor
from qa_service.errors import NotFoundError
from qa_service.ledger.models import LedgerEntry, ReplyLink
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import EntryState

ANSWERABLE = (EntryState.ASSIGNED, EntryState.ACCEPTED)
"""States in which an entry waits for its unit's reply."""

_TOKEN = re.compile(r"([1-9]\d{0,8})-([0-9a-f]{64})")
_CONTEXT = "reply link"


class ReplyLinkError(NotFoundError):
    """The link is unknown, used, expired or withdrawn, or its entry needs no reply of the unit.

    The message is the same for all, so that nothing can be learned by trying.
    """

    code = "reply_link_invalid"
    title = "链接已失效"


def token_of(link: ReplyLink, cipher: FieldCipher) -> str:
    """Return the token of a stored link; raises ValueError for one that was not flushed."""
    if link.id is None:
        raise ValueError("link was not flushed")
    return f"{link.id}-{_signature(link, cipher)}"


def open_link(
    session: Session, token: str, *, cipher: FieldCipher, now: datetime, locks: bool = False
) -> tuple[ReplyLink, LedgerEntry]:
    """Return the link of this token with its entry, which waits for its unit's reply.

    ``locks`` holds the link's row to the end of the transaction, so that it is used once.
    Raises ReplyLinkError.
    """
    link = _sent(session, token, cipher, locks=locks)
    if link is None:
        raise _invalid()
    entry = session.get_one(LedgerEntry, link.entry_id)
    if not is_usable(link, entry, now=now):
        raise _invalid()
    return link, entry


def was_sent(session: Session, token: str, *, cipher: FieldCipher) -> bool:
    """Return whether the token is of a link that was sent, whether or not it can be used."""
    return _sent(session, token, cipher) is not None


def has_link(session: Session, entry: LedgerEntry) -> bool:
    """Return whether the unit that leads the entry was sent a link to it, usable or not."""
    statement = select(ReplyLink.id).where(
        ReplyLink.entry_id == entry.id, ReplyLink.unit_id == entry.unit_id
    )
    return session.exec(statement.limit(1)).first() is not None


def is_usable(link: ReplyLink, entry: LedgerEntry, *, now: datetime) -> bool:
    """Return whether the link can still be used to answer its entry."""
    is_current = link.used_at is None and link.revoked_at is None and now < link.expires_at
    waits = entry.state in ANSWERABLE and entry.joined_to_id is None
    return is_current and waits and entry.unit_id == link.unit_id


def revoke_links(session: Session, entry_id: int, *, now: datetime) -> None:
    """Withdraw the links to an entry that nobody used."""
    open_ones = select(ReplyLink).where(
        ReplyLink.entry_id == entry_id,
        col(ReplyLink.used_at).is_(None),
        col(ReplyLink.revoked_at).is_(None),
    )
    for link in session.exec(open_ones).all():
        link.revoked_at = now
        session.add(link)
    session.flush()


def sender_of(session: Session, entry_id: int, reply: int) -> RecordedActor | None:
    """Return who sent the link by which this reply came; None for one that came otherwise."""
    statement = select(ReplyLink).where(ReplyLink.entry_id == entry_id, ReplyLink.reply == reply)
    link = session.exec(statement).first()
    if link is None:
        return None
    return RecordedActor(link.sent_by, link.sent_by_person_id, link.sent_by_key_id)


def _sent(
    session: Session, token: str, cipher: FieldCipher, *, locks: bool = False
) -> ReplyLink | None:
    """Return the link of a token; None for one that was not signed here."""
    matched = _TOKEN.fullmatch(token)
    if matched is None:
        return None
    statement = select(ReplyLink).where(ReplyLink.id == int(matched[1]))
    link = session.exec(statement.with_for_update() if locks else statement).one_or_none()
    is_signed = link is not None and hmac.compare_digest(matched[2], _signature(link, cipher))
    return link if is_signed else None


def _signature(link: ReplyLink, cipher: FieldCipher) -> str:
    until = int(link.expires_at.timestamp())
    return cipher.keyed_hash(_CONTEXT, f"{link.id}|{link.entry_id}|{link.unit_id}|{until}")


def _invalid() -> ReplyLinkError:
    return ReplyLinkError("链接已用过、已过期或已收回；需要办理的，请与交办单位联系")
