"""Late entry (补录): the true time of receipt counts, and absurd ones are refused."""

from datetime import datetime, timedelta

import pytest

from qa_service.clock import BEIJING
from qa_service.ledger.deadlines.late_receipt import LONGEST_DAYS, InvalidReceiptError, LateReceipt

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
OUTAGE = "系统停用期间纸面登记"


def faults(received_at: datetime, reason: str = OUTAGE) -> list[str]:
    try:
        LateReceipt(received_at, reason).check(NOW)
    except InvalidReceiptError as error:
        return [problem.field for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "received_at",
    [NOW, NOW - timedelta(minutes=1), NOW - timedelta(days=LONGEST_DAYS)],
)
def test_a_receipt_that_can_be_is_taken(received_at: datetime) -> None:
    assert faults(received_at) == []


@pytest.mark.parametrize(
    "received_at",
    [
        NOW + timedelta(seconds=1),
        NOW - timedelta(days=LONGEST_DAYS + 1),
        datetime(1, 1, 1, tzinfo=BEIJING),
        datetime(9999, 12, 31, tzinfo=BEIJING),
    ],
)
def test_the_future_and_absurd_pasts_are_refused(received_at: datetime) -> None:
    assert faults(received_at) == ["received_at"]


def test_a_question_asked_here_was_not_received_later() -> None:
    asked = NOW - timedelta(days=10)
    LateReceipt(asked - timedelta(hours=1), OUTAGE).check(NOW, latest=asked)
    with pytest.raises(InvalidReceiptError, match="只能更早"):
        LateReceipt(NOW, OUTAGE).check(NOW, latest=asked)


def test_every_fault_is_told_at_once() -> None:
    assert faults(NOW + timedelta(days=1), "。") == ["received_at", "late_reason"]
    assert faults(NOW, "长" * 501) == ["late_reason"]
