"""The message that sends an answer; the contact is read only as the message leaves."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.clock import Clock, beijing_day
from qa_service.consultation.models import Choice
from qa_service.consultation.sending.delivery import Message, contact_of
from qa_service.consultation.sending.models import SentAnswer
from qa_service.integration.sms import filled_in
from qa_service.integration.transport import OutdatedError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.public import is_public
from qa_service.knowledge.pairs.queries import find_version, view_pairs
from qa_service.ledger.models import Asker
from qa_service.outbox.caller_events import AnswerSent
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope

QUESTION_CHARACTERS = 30
"""Characters of the question in a text message, which is paid for by its length."""

TITLE = "您咨询的答复"


@dataclass(frozen=True, slots=True)
class AnswerMessages:
    """Composes the message of a record and notes that it was taken."""

    database: Engine
    cipher: FieldCipher
    clock: Clock
    template: str
    tells_unsigned: bool

    def compose(self, event: OutboxEvent) -> Message:
        """Return the message.

        Raises OutdatedError where the contact was erased since, the telling was undone, or the
        answer is no longer one that everybody may read; WithheldError where a key is missing.
        """
        sent_id = AnswerSent.load(event.payload).sent_id
        with session_scope(self.database, read_only=True) as session:
            sent = session.get_one(SentAnswer, sent_id)
            asker = session.get(Asker, sent.asker_id) if sent.asker_id else None
            contact = contact_of(asker, self.cipher)
            if not contact:
                raise OutdatedError("contact erased")
            if not _is_told(session, sent):
                raise OutdatedError("telling undone")
            if not self._is_public(session, sent.pair_id):
                raise OutdatedError("answer withdrawn")
            version = find_version(session, session.get_one(QAPair, sent.pair_id), sent.version)
            values = {"phone": contact, "link": sent.link, "question": _shown(version)}
        values["text"] = filled_in(self.template, values)
        return Message(contact, TITLE, values, f"qa-answer-{sent_id}")

    def _is_public(self, session: Session, pair_id: int) -> bool:
        day = beijing_day(self.clock.now())
        views = view_pairs(session, [pair_id], day=day, with_variants=False)
        return any(is_public(view, tells_unsigned=self.tells_unsigned) for view in views)

    def note_delivered(self, session: Session, event: OutboxEvent) -> None:
        """Keep when the message was taken."""
        sent = session.get_one(SentAnswer, AnswerSent.load(event.payload).sent_id)
        sent.delivered_at = self.clock.now()
        session.add(sent)


def _is_told(session: Session, sent: SentAnswer) -> bool:
    """Return whether the answer is still the one that was told."""
    choice = session.get(Choice, sent.consultation_id)
    return choice is not None and choice.pair_id == sent.pair_id


def _shown(version: QAVersion | None) -> str:
    question = version.question if version else ""
    if len(question) <= QUESTION_CHARACTERS:
        return question
    return question[: QUESTION_CHARACTERS - 1] + "…"
