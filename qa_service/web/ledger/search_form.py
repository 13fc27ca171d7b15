"""The filters of the ledger as an address holds them: what was typed, but no caller's data."""

import re
from dataclasses import asdict, dataclass

from sqlmodel import Session

from qa_service.accounts.areas import list_areas
from qa_service.accounts.units import list_units
from qa_service.ledger.entry_filter import DueFilter, EntryFilter
from qa_service.vocabulary import EntryKind, EntryState
from qa_service.web.kit.forms import (
    day_or_none,
    day_problems,
    member_or_none,
    plain_text,
    search_words,
)

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters as query parameters; an unknown state, kind or due date applies none.

    ``phone`` and ``name`` are keyed hashes: an address, which histories and logs keep, never
    holds who called.
    """

    due: str = ""
    unit: str = ""
    state: str = ""
    kind: str = ""
    area: str = ""
    since: str = ""
    until: str = ""
    phone: str = ""
    name: str = ""
    q: str = ""

    def wanted(self) -> EntryFilter:
        """Return the parsed filter."""
        return EntryFilter(
            due=member_or_none(DueFilter, self.due),
            unit=plain_text(self.unit) or None,
            state=member_or_none(EntryState, self.state),
            kind=member_or_none(EntryKind, self.kind),
            area=plain_text(self.area) or None,
            since=day_or_none(self.since),
            until=day_or_none(self.until),
            contact_hash=_hash(self.phone),
            name_hash=_hash(self.name),
            words=search_words(self.q),
        )

    def problems(self, session: Session) -> dict[str, list[str]]:
        """Return what is wrong with the days, the unit and the area, by field."""
        found, wanted = day_problems(self.since, self.until), self.wanted()
        if wanted.unit and all(one.key != wanted.unit for one in list_units(session)):
            found["unit"] = ["没有这个单位，请从清单中选择"]
        if wanted.area and all(one.key != wanted.area for one in list_areas(session)):
            found["area"] = ["没有这个领域，请从清单中选择"]
        return found

    def as_query(self) -> dict[str, str]:
        """Return the query parameters of a link to the filtered list, those set alone."""
        return {name: value for name, value in asdict(self).items() if value}

    def for_form(self) -> dict[str, str]:
        """Return every filter by name, as the form shows them."""
        return asdict(self)


def _hash(text: str) -> str | None:
    return text if _HASH.fullmatch(text) else None
