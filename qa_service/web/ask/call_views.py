"""View models of the call: its number and choices for the next question, and its caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa_service.accounts.models import Area
from qa_service.consultation.calls.caller import AskedBefore, Caller
from qa_service.knowledge.upkeep_models import Topic


@dataclass(frozen=True, slots=True)
class CallBar:
    """The choices the next question is sent with, as the form is preset.

    ``call_id`` is empty for a new call, ``present`` the open consultation of the call on the page.
    ``topics`` are the matters, ``audiences`` and ``regions`` what published answers name: each may
    narrow the search. ``as_of`` is a past day as typed.
    """

    channel: str
    areas: Sequence[Area]
    today: date
    area: str = ""
    audiences: Sequence[str] = ()
    audience: str = ""
    topics: Sequence[Topic] = ()
    topic: str = ""
    regions: Sequence[str] = ()
    region: str = ""
    as_of: str = ""
    call_id: str = ""
    phone: str = ""
    present: str = ""


@dataclass(frozen=True, slots=True)
class CallerPanel:
    """The caller as far as known, and the other questions of the present call.

    ``present`` is the consultation on the page, ``problem`` what is wrong with the number.
    """

    caller: Caller | None = None
    others: tuple[AskedBefore, ...] = ()
    present: str = ""
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to show."""
        return self.caller is None and not self.others and not self.problem
