"""The catalogue of outbox events: a typed payload for every topic.

``dump`` gives the JSON that receivers get under ``data``; ``load_event`` reads a stored one
back. Field names are part of the contract with receivers (``docs/api.md``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol

from qa_service.outbox.models import Destination

PayloadValue = str | int | bool
Payload = dict[str, PayloadValue]
Stored = Mapping[str, PayloadValue]
"""A payload as it was stored."""

LEDGER_PREFIX = "ledger."


class Event(Protocol):
    """An event that can be enqueued."""

    @property
    def topic(self) -> str:
        """The kind of the event, such as ``pair.published``."""
        ...

    @property
    def subject(self) -> str:
        """The record concerned; events of one subject are delivered in order."""
        ...

    @property
    def destination(self) -> Destination:
        """The transport by which the event is delivered."""
        ...

    def dump(self) -> Payload:
        """Return the payload as JSON values."""
        ...


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
class EntryReminded:
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

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {
            "number": self.number,
            "kind": self.kind,
            "text": self.text,
            "due_on": self.due_on.isoformat(),
            "occasion": self.occasion,
            "audience": self.audience,
        }

    @classmethod
    def load(cls, stored: Stored) -> "EntryReminded":
        """Read a stored payload."""
        return cls(
            number=str(stored["number"]),
            kind=str(stored["kind"]),
            text=str(stored["text"]),
            due_on=date.fromisoformat(str(stored["due_on"])),
            occasion=str(stored["occasion"]),
            audience=str(stored.get("audience", "unit")),
        )


@dataclass(frozen=True, slots=True)
class _PairChanged:
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

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {
            "qa_id": self.qa_id,
            "key": self.key,
            "version": self.version,
            "change": self.change,
        }


@dataclass(frozen=True, slots=True)
class PairPublished(_PairChanged):
    """A version of a pair was published."""

    topic: ClassVar[str] = "pair.published"

    @classmethod
    def load(cls, stored: Stored) -> "PairPublished":
        """Read a stored payload."""
        return cls(*_pair_fields(stored))


@dataclass(frozen=True, slots=True)
class PairWithdrawn(_PairChanged):
    """A pair was withdrawn."""

    topic: ClassVar[str] = "pair.withdrawn"

    @classmethod
    def load(cls, stored: Stored) -> "PairWithdrawn":
        """Read a stored payload."""
        return cls(*_pair_fields(stored))


@dataclass(frozen=True, slots=True)
class PairDue:
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

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {
            "qa_id": self.qa_id,
            "key": self.key,
            "unit": self.unit,
            "kind": self.kind,
            "due_on": self.due_on.isoformat(),
        }

    @classmethod
    def load(cls, stored: Stored) -> "PairDue":
        """Read a stored payload."""
        return cls(
            qa_id=int(stored["qa_id"]),
            key=str(stored["key"]),
            unit=str(stored["unit"]),
            kind=str(stored["kind"]),
            due_on=date.fromisoformat(str(stored["due_on"])),
        )


@dataclass(frozen=True, slots=True)
class BankChanged:
    """Many pairs changed at once; the feed of changes lists them after number ``since``."""

    topic: ClassVar[str] = "bank.changed"
    subject: ClassVar[str] = "bank"
    destination: ClassVar[Destination] = Destination.WEBHOOK

    since: int

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {"since": self.since}

    @classmethod
    def load(cls, stored: Stored) -> "BankChanged":
        """Read a stored payload."""
        return cls(since=int(stored["since"]))


@dataclass(frozen=True, slots=True)
class PolicyNoticed:
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

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {
            "policy_id": self.policy_id,
            "key": self.key,
            "unit": self.unit,
            "kind": self.kind,
            "text": self.text,
            "ends_on": self.ends_on.isoformat(),
        }

    @classmethod
    def load(cls, stored: Stored) -> "PolicyNoticed":
        """Read a stored payload."""
        return cls(
            policy_id=int(stored["policy_id"]),
            key=str(stored["key"]),
            unit=str(stored["unit"]),
            kind=str(stored["kind"]),
            text=str(stored["text"]),
            ends_on=date.fromisoformat(str(stored["ends_on"])),
        )


@dataclass(frozen=True, slots=True)
class UnitMail:
    """A mail to a unit about the entry, or the document, ``number``."""

    topic: ClassVar[str] = "mail"
    destination: ClassVar[Destination] = Destination.MAIL

    number: str
    to: str
    title: str
    text: str

    @property
    def subject(self) -> str:
        """The entry's number (the mail's own subject line is ``title``)."""
        return self.number

    def dump(self) -> Payload:
        """The payload as JSON values."""
        return {"to": self.to, "subject": self.title, "text": self.text}

    @classmethod
    def load(cls, number: str, stored: Stored) -> "UnitMail":
        """Read the stored payload of the event whose subject is ``number``."""
        return cls(
            number=number,
            to=str(stored["to"]),
            title=str(stored["subject"]),
            text=str(stored["text"]),
        )


def _pair_fields(stored: Stored) -> tuple[int, str, int, int]:
    """Return the fields of a stored pair event in the order of its class."""
    return (
        int(stored["qa_id"]),
        str(stored["key"]),
        int(stored["version"]),
        int(stored["change"]),
    )


_LOADERS: Mapping[str, Callable[[Stored], Event]] = {
    EntryReminded.topic: EntryReminded.load,
    PairPublished.topic: PairPublished.load,
    PairWithdrawn.topic: PairWithdrawn.load,
    PairDue.topic: PairDue.load,
    BankChanged.topic: BankChanged.load,
    PolicyNoticed.topic: PolicyNoticed.load,
}


def load_event(topic: str, subject: str, stored: Stored) -> Event:
    """Read a stored event back; raises ValueError for a topic the catalogue does not hold."""
    if topic == UnitMail.topic:
        return UnitMail.load(subject, stored)
    if topic in _LOADERS:
        return _LOADERS[topic](stored)
    if topic.startswith(LEDGER_PREFIX):
        return EntryMoved.load(topic, stored)
    raise ValueError(f"unknown topic: {topic}")
