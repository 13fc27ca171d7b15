"""Late entry (补录): a question taken down on paper keeps its true time of receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qa_service.clock import beijing_day
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.text.normalise import is_meaningful
from qa_service.vocabulary import REASON_CHARACTERS

LONGEST_DAYS = 90
"""Days back that a receipt may lie; anything older is taken for a slip of the pen."""


class InvalidReceiptError(InvalidInputError):
    """The time of receipt lies ahead or far back, or no reason is given for the late entry."""

    code = "invalid_receipt"
    title = "补录的收到时间有误"


@dataclass(frozen=True, slots=True)
class LateReceipt:
    """The time of receipt of a question that is typed in afterwards, and the reason for that."""

    received_at: datetime
    reason: str

    def check(self, now: datetime, *, latest: datetime | None = None) -> None:
        """Raise InvalidReceiptError, naming every fault, unless it can be entered at ``now``.

        A question that was asked here at ``latest`` was not received after that.
        """
        problems = [
            FieldProblem(name, message)
            for name, message in (
                ("received_at", _time_problem(self.received_at, now, latest or now)),
                ("late_reason", _reason_problem(self.reason)),
            )
            if message
        ]
        if problems:
            message = "；".join(one.message for one in problems)
            raise InvalidReceiptError(message, problems=tuple(problems))


def _time_problem(received_at: datetime, now: datetime, latest: datetime) -> str:
    if received_at > now:
        return "收到时间晚于现在，请按纸面登记的时间填写"
    if received_at > latest:
        return "收到时间晚于这个问题在系统中提出的时间，补录只能更早"
    earliest = beijing_day(now) - timedelta(LONGEST_DAYS)
    if received_at < now - timedelta(LONGEST_DAYS + 1) or beijing_day(received_at) < earliest:
        return f"收到时间早于 {earliest.isoformat()}（{LONGEST_DAYS} 天前），请核对年份和日期"
    return ""


def _reason_problem(reason: str) -> str:
    if not is_meaningful(reason):
        return "请写明补录的理由，如“系统停用期间纸面登记”"
    if len(reason) > REASON_CHARACTERS:
        return f"理由超过 {REASON_CHARACTERS} 个字，请精简"
    return ""
