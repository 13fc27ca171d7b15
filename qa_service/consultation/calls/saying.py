"""Sentences for operators to read out: after registering, and to a caller who asks again."""

from datetime import date

from qa_service.clock import beijing_day
from qa_service.ledger.queries import DueStatus, EntryView
from qa_service.vocabulary import EntryState

_WEEKDAYS = "一二三四五六日"


def spoken_day(day: date) -> str:
    """Return the day as it is said, such as 12月4日（星期五）."""
    return f"{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）"


def registered_sentence(entry: EntryView) -> str:
    """Return what is read out once a question is registered: number, unit and day."""
    promise = f"{spoken_day(entry.due_on)}前答复您"
    if entry.due_provisional:
        promise = f"预计{promise}，遇放假安排调整会顺延"
    farewell = "" if entry.contact_masked else "您没有留联系电话，可凭编号来电查询。"
    return f"您的问题已登记，编号{entry.number}，由{entry.unit_name}办理，{promise}。{farewell}"


def progress_sentence(entry: EntryView, reply_script: str | None) -> str:
    """Return what is said to the asker of an entry who calls again, by its state today.

    ``reply_script`` is the approved reply, which is told at once.
    """
    if entry.state is EntryState.APPROVED and reply_script:
        return f"您反映的问题已有答复：{reply_script}"
    if entry.informed_at is not None:
        told_on = spoken_day(beijing_day(entry.informed_at))
        return f"您反映的问题已于{told_on}答复；如有疑问，我再为您登记。"
    if entry.due_status is DueStatus.OVERDUE:
        return (
            f"您反映的问题由{entry.unit_name}办理，原定{spoken_day(entry.due_on)}前答复，"
            "现已超期，已列入督办，请您谅解。"
        )
    return f"您反映的问题{_progress(entry)}，{spoken_day(entry.due_on)}前答复您。"


def _progress(entry: EntryView) -> str:
    """Return where the entry is in its way through the office."""
    unit = entry.unit_name
    steps = {
        EntryState.ACCEPTED: f"正由{unit}办理",
        EntryState.RETURNED: "正在确定承办单位",
        EntryState.DRAFTED: f"已由{unit}拟出答复，正在审核",
        EntryState.APPROVED: f"已由{unit}答复，正在安排回访",
    }
    return steps.get(entry.state, f"已交{unit}办理")
