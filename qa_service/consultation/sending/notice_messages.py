"""The message of a notice; the contact is read only as the message leaves."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.clock import Clock
from qa_service.consultation.sending.delivery import Message, contact_of
from qa_service.consultation.sending.models import ReplyNotice
from qa_service.consultation.sending.notices import channel_of, is_still_told
from qa_service.integration.sms import filled_in
from qa_service.integration.transport import OutdatedError
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.outbox.caller_events import ReplyNoticed
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope

TITLE = "您的留言已有答复"


@dataclass(frozen=True, slots=True)
class NoticeMessages:
    """Composes the message of a notice and notes that it was taken.

    ``link`` is the page that asks for number and code.
    """

    database: Engine
    cipher: FieldCipher
    clock: Clock
    template: str
    link: str

    def compose(self, event: OutboxEvent) -> Message:
        """Return the message.

        Raises OutdatedError where the contact was erased or is another way now, or the reply is
        no longer shown; WithheldError where a key is missing.
        """
        notice_id = ReplyNoticed.load(event.payload).notice_id
        with session_scope(self.database, read_only=True) as session:
            notice = session.get_one(ReplyNotice, notice_id)
            entry = session.get_one(LedgerEntry, notice.entry_id)
            asker = session.get(Asker, entry.asker_id) if entry.asker_id else None
            contact = contact_of(asker, self.cipher)
            if not contact or channel_of(contact) is not notice.channel:
                raise OutdatedError("contact erased or changed")
            if not is_still_told(session, notice):
                raise OutdatedError("reply withdrawn")
            values = {"phone": contact, "number": entry.number, "link": self.link, "question": ""}
        values["text"] = filled_in(self.template, values)
        return Message(contact, TITLE, values, f"qa-notice-{notice_id}")

    def note_delivered(self, session: Session, event: OutboxEvent) -> None:
        """Keep when the message was taken."""
        notice = session.get_one(ReplyNotice, ReplyNoticed.load(event.payload).notice_id)
        notice.delivered_at = self.clock.now()
        session.add(notice)
