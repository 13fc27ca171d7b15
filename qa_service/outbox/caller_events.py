"""Events by which messages leave for citizens; none of them holds a contact."""

from dataclasses import dataclass
from typing import ClassVar

from qa_service.outbox.models import Destination
from qa_service.outbox.payload import Payload, Stored


@dataclass(frozen=True, slots=True)
class AnswerSent:
    """The answer of the record ``sent_id`` goes to a caller; the event holds no contact."""

    topic: ClassVar[str] = "answer.sent"

    sent_id: int
    destination: Destination

    @property
    def subject(self) -> str:
        """``sent-`` and the record's id."""
        return f"sent-{self.sent_id}"

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {"sent_id": self.sent_id, "by": self.destination.value}

    @classmethod
    def load(cls, stored: Stored) -> "AnswerSent":
        """Read a stored payload."""
        return cls(int(stored["sent_id"]), Destination(str(stored["by"])))


@dataclass(frozen=True, slots=True)
class ReplyNoticed:
    """The notice of the record ``notice_id`` goes to a citizen; the event holds no contact."""

    topic: ClassVar[str] = "reply.noticed"

    notice_id: int
    destination: Destination

    @property
    def subject(self) -> str:
        """``notice-`` and the record's id."""
        return f"notice-{self.notice_id}"

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {"notice_id": self.notice_id, "by": self.destination.value}

    @classmethod
    def load(cls, stored: Stored) -> "ReplyNoticed":
        """Read a stored payload."""
        return cls(int(stored["notice_id"]), Destination(str(stored["by"])))
