"""Working days between the receipt of a question and the day its asker knew (办理时长)."""

from datetime import date, timedelta

from qa_service.workdays.calendar import WorkCalendar


class WorkingTime:
    """Counts the working days after the first day up to the last, by one calendar."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._known: dict[date, bool] = {}

    def between(self, began: date, ended: date) -> int:
        """Return the working days after ``began`` up to ``ended``; 0 within one day."""
        following = (began + timedelta(days=n) for n in range(1, (ended - began).days + 1))
        return sum(self._is_workday(day) for day in following)

    def _is_workday(self, day: date) -> bool:
        if day not in self._known:
            self._known[day] = self._calendar.day(day).is_workday
        return self._known[day]
