"""The part of the registration form for what was taken down on paper (补录)."""

from dataclasses import dataclass
from datetime import datetime

from qa_service.clock import BEIJING
from qa_service.errors import FieldProblem
from qa_service.ledger.deadlines.late_receipt import InvalidReceiptError, LateReceipt
from qa_service.web.kit.forms import SubmittedForm

FORMAT = "%Y-%m-%dT%H:%M"
"""The form in which browsers send a day and a time."""


@dataclass(frozen=True, slots=True)
class LateForm:
    """The time of receipt in Beijing and the reason, as typed; both empty for a present call."""

    received_at: str = ""
    reason: str = ""

    @classmethod
    def of(cls, form: SubmittedForm) -> "LateForm":
        """Return the fields of the form."""
        return cls(form.text("received_at"), form.text("late_reason"))

    @property
    def is_empty(self) -> bool:
        """Whether the question was not taken down before."""
        return not self.received_at and not self.reason

    def read(self, now: datetime) -> LateReceipt | None:
        """Return the receipt typed, checked at ``now``; None where nothing is typed.

        Raises InvalidReceiptError.
        """
        if self.is_empty:
            return None
        try:
            received = datetime.strptime(self.received_at[:16], FORMAT).replace(tzinfo=BEIJING)
        except ValueError:
            message = "补录的，请填写收到的日期和时间，如 2026-11-24 09:30"
            problem = FieldProblem("received_at", message)
            raise InvalidReceiptError(message, problems=(problem,)) from None
        receipt = LateReceipt(received, self.reason)
        receipt.check(now)
        return receipt


NOT_LATE = LateForm()
"""The form of a question that is asked at this moment."""
