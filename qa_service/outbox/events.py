"""The catalogue of outbox events: a typed payload for every topic.

``dump`` gives the JSON that receivers get under ``data``; ``load_event`` reads a stored one
back. Field names are part of the contract with receivers (``docs/api.md``).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter

from qa_service.outbox.caller_events import AnswerSent, ReplyNoticed
from qa_service.outbox.models import Destination
from qa_service.outbox.payload import Event, Payload, Stored
from qa_service.outbox.premises import Premises, read_premises, write_premises

LEDGER_PREFIX = "ledger."


class _Flat:
    """Payloads that hold exactly the fields of their class, dates as ISO 8601."""

    __slots__ = ()

    def dump(self) -> Payload:
        """The payload as JSON values."""
        adapter = _adapter(type(self))  # type: ignore[arg-type]  # a class can be hashed
        dumped: Payload = adapter.dump_python(self, mode="json")
        return dumped

    @classmethod
    def load(cls, stored: Stored) -> Self:
        """Read a stored payload; raises ValueError for one that lacks a field."""
        adapter = _adapter(cls)  # type: ignore[arg-type]  # as above
        loaded: Self = adapter.validate_python(dict(stored))
        return loaded


@cache
def _adapter(of: type[object]) -> TypeAdapter[Any]:
    """Return the reader and writer of a class's payloads; making one takes a millisecond."""
    return TypeAdapter(of)


@dataclass(frozen=True, slots=True)
class EntryMoved:
    """``action`` was applied to a ledger entry; topic ``ledger.<action>``.

    ``next_role`` is the role whose turn it is now, empty if nobody's.
    """

    destination: ClassVar[Destination] = Destination.WEBHOOK

    action: str
    number: str
    state: str
    due_on: date
    due_provisional: bool
    next_role: str = ""

    @property
    def topic(self) -> str:
        """``ledger.`` and the action."""
        return LEDGER_PREFIX + self.action

    @property
    def subject(self) -> str:
        """The entry's number."""
        return self.number

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {
            "number": self.number,
            "state": self.state,
            "due_on": self.due_on.isoformat(),
            "due_provisional": self.due_provisional,
            "next_role": self.next_role,
        }

    @classmethod
    def load(cls, topic: str, stored: Stored) -> "EntryMoved":
        """Read a stored payload; the action comes from ``topic``."""
        return cls(
            action=topic.removeprefix(LEDGER_PREFIX),
            number=str(stored["number"]),
            state=str(stored["state"]),
            due_on=date.fromisoformat(str(stored["due_on"])),
            due_provisional=bool(stored["due_provisional"]),
            next_role=str(stored.get("next_role", "")),
        )


@dataclass(frozen=True, slots=True)
class EntryReminded(_Flat):
    """The role ``audience`` was reminded of a deadline or urged (提醒、催办)."""

    topic: ClassVar[str] = "ledger.reminder"
    destination: ClassVar[Destination] = Destination.WEBHOOK

    number: str
    kind: str
    text: str
    due_on: date
    occasion: str
    audience: str = "unit"

    @property
    def subject(self) -> str:
        """The entry's number."""
        return self.number


@dataclass(frozen=True, slots=True)
class _PairChanged(_Flat):
    """A pair's version and its number in the feed of changes."""

    destination: ClassVar[Destination] = Destination.WEBHOOK

    qa_id: int
    key: str
    version: int
    change: int

    @property
    def subject(self) -> str:
        """``qa-`` and the pair's id."""
        return f"qa-{self.qa_id}"


@dataclass(frozen=True, slots=True)
class PairPublished(_PairChanged):
    """A version of a pair was published."""

    topic: ClassVar[str] = "pair.published"


@dataclass(frozen=True, slots=True)
class PairWithdrawn(_PairChanged):
    """A pair was withdrawn."""

    topic: ClassVar[str] = "pair.withdrawn"


@dataclass(frozen=True, slots=True)
class PairDue(_Flat):
    """A published pair of ``unit`` (its key) came to or near its review date or last day."""

    topic: ClassVar[str] = "pair.due"
    destination: ClassVar[Destination] = Destination.WEBHOOK

    qa_id: int
    key: str
    unit: str
    kind: str
    due_on: date

    @property
    def subject(self) -> str:
        """``qa-`` and the pair's id."""
        return f"qa-{self.qa_id}"


@dataclass(frozen=True, slots=True)
class BankChanged(_Flat):
    """Many pairs changed at once; the feed of changes lists them after number ``since``."""

    topic: ClassVar[str] = "bank.changed"
    subject: ClassVar[str] = "bank"
    destination: ClassVar[Destination] = Destination.WEBHOOK

    since: int


@dataclass(frozen=True, slots=True)
class PolicyNoticed(_Flat):
    """A unit was told that a document ends, has ended or is in force again."""

    topic: ClassVar[str] = "policy.notice"
    destination: ClassVar[Destination] = Destination.WEBHOOK

    policy_id: int
    key: str
    unit: str
    kind: str
    text: str
    ends_on: date

    @property
    def subject(self) -> str:
        """``policy-`` and the document's id."""
        return f"policy-{self.policy_id}"


@dataclass(frozen=True, slots=True)
class UnitMail:
    """A mail to a unit or a person about the entry, pair or document ``number``.

    It leaves only while what it ``rests_on`` is true.
    """

    topic: ClassVar[str] = "mail"
    destination: ClassVar[Destination] = Destination.MAIL

    number: str
    to: str
    title: str
    text: str
    rests_on: Premises = ()

    @property
    def subject(self) -> str:
        """The entry's number (the mail's own subject line is ``title``)."""
        return self.number

    def dump(self) -> Payload:
        """The payload as JSON values."""
        written: Payload = {"to": self.to, "subject": self.title, "text": self.text}
        return written | _premises(self.rests_on)

    @classmethod
    def load(cls, number: str, stored: Stored) -> "UnitMail":
        """Read the stored payload of the event whose subject is ``number``."""
        return cls(
            number=number,
            to=str(stored["to"]),
            title=str(stored["subject"]),
            text=str(stored["text"]),
            rests_on=read_premises(str(stored.get("rests_on", ""))),
        )


@dataclass(frozen=True, slots=True)
class UnitText:
    """A text message to a unit about the entry ``number``, with a link that it holds too.

    It ``rests_on`` the same as a mail does.
    """

    topic: ClassVar[str] = "text"
    destination: ClassVar[Destination] = Destination.UNIT_SMS

    number: str
    to: str
    text: str
    link: str
    rests_on: Premises = ()

    @property
    def subject(self) -> str:
        """The entry's number."""
        return self.number

    def dump(self) -> Payload:
        """The payload as JSON values."""
        written: Payload = {"to": self.to, "text": self.text, "link": self.link}
        return written | _premises(self.rests_on)

    @classmethod
    def load(cls, number: str, stored: Stored) -> "UnitText":
        """Read the stored payload of the event whose subject is ``number``."""
        to, text, link = (str(stored[name]) for name in ("to", "text", "link"))
        premises = read_premises(str(stored.get("rests_on", "")))
        return cls(number, to, text, link, premises)


def _premises(rests_on: Premises) -> Payload:
    return {"rests_on": write_premises(rests_on)} if rests_on else {}


_FLAT = (EntryReminded, PairPublished, PairWithdrawn, PairDue, BankChanged, PolicyNoticed)
_BY_TOPIC = {held.topic: held for held in _FLAT}


def load_event(topic: str, subject: str, stored: Stored) -> Event:
    """Read a stored event back; raises ValueError for a topic the catalogue does not hold."""
    if topic == UnitMail.topic:
        return UnitMail.load(subject, stored)
    if topic == UnitText.topic:
        return UnitText.load(subject, stored)
    if topic == AnswerSent.topic:
        return AnswerSent.load(stored)
    if topic == ReplyNoticed.topic:
        return ReplyNoticed.load(stored)
    if topic in _BY_TOPIC:
        return _BY_TOPIC[topic].load(stored)
    if topic.startswith(LEDGER_PREFIX):
        return EntryMoved.load(topic, stored)
    raise ValueError(f"unknown topic: {topic}")
