"""Details of ledger events as they are stored and told to other systems."""

from datetime import date

import pytest

from qa_service.ledger.models import EventDetails
from qa_service.vocabulary import CallOutcome


@pytest.mark.parametrize(
    ("details", "stored"),
    [
        (EventDetails(), {}),
        (EventDetails(reply=2), {"reply": 2}),
        (
            EventDetails(attempt=1, outcome=CallOutcome.REACHED, reply=2),
            {"attempt": 1, "outcome": "reached", "reply": 2},
        ),
        (
            EventDetails(
                workdays=3,
                due_from=date(2026, 12, 1),
                due_to=date(2026, 12, 4),
                approver="督查甲",
            ),
            {"workdays": 3, "from": "2026-12-01", "to": "2026-12-04", "approver": "督查甲"},
        ),
        (EventDetails(provisional=False), {"provisional": False}),
    ],
)
def test_are_stored_as_they_always_were_and_read_again(
    details: EventDetails, stored: dict[str, object]
) -> None:
    assert details.dump() == stored
    assert EventDetails.load(stored) == details


def test_what_is_unknown_now_is_left_out() -> None:
    assert EventDetails.load({"reply": 1, "of an older release": "x"}) == EventDetails(reply=1)
