"""Page of holidays (节假日): a year's notice pasted, checked, corrected and saved."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.ledger.deadlines.holidays import (
    HolidaysNotFoundError,
    InvalidHolidaysError,
    SavedYear,
    drop_year,
    kept_years,
    save_year,
)
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import SubmittedForm, problems_by_field
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.visit import Page, PageContext
from qa_service.workdays.announced import AnnouncedYear
from qa_service.workdays.notice_dates import read_days
from qa_service.workdays.notice_text import NoticeDay, NoticeReading, read_notice

router = APIRouter(
    prefix="/holidays",
    dependencies=[Depends(guard_page), permits(Permission.KEEP_HOLIDAYS)],
    include_in_schema=False,
)

YEARS_AHEAD = 2
NOTICE_CHARACTERS = 20_000
"""Greatest length of a pasted notice that is read."""


@dataclass(frozen=True, slots=True)
class YearForm:
    """The fields of a year as typed; days stand one to a line."""

    year: str = ""
    notice: str = ""
    days_off: str = ""
    make_up_days: str = ""

    @classmethod
    def submitted(cls, form: SubmittedForm) -> Self:
        """Return the submitted form."""
        return cls(*(form.text(name) for name in ("year", "notice", "days_off", "make_up_days")))

    @classmethod
    def read(cls, reading: NoticeReading) -> Self:
        """Return the form filled with what was understood of a notice."""
        return cls(
            str(reading.year or ""),
            reading.notice,
            _lines(reading.days_off),
            _lines(reading.make_up_days),
        )

    @classmethod
    def stored(cls, year: AnnouncedYear) -> Self:
        """Return the form filled with a year of the calendar."""
        return cls(str(year.year), year.notice, _lines(year.days_off), _lines(year.make_up_days))

    def announced(self) -> tuple[AnnouncedYear, list[FieldProblem]]:
        """Return the year typed as far as it can be read, 0 for no year, and what cannot."""
        off, faults = read_days(self.days_off)
        worked, others = read_days(self.make_up_days)
        problems = [FieldProblem("days_off", fault) for fault in faults]
        problems += [FieldProblem("make_up_days", fault) for fault in others]
        is_year = self.year.isascii() and self.year.isdigit() and len(self.year) == 4
        year = int(self.year) if is_year else 0
        return AnnouncedYear(year, self.notice, frozenset(off), frozenset(worked)), problems

    def days(self) -> list[NoticeDay]:
        """Return the days typed in order, as far as they can be read, for display."""
        off, worked = read_days(self.days_off)[0], read_days(self.make_up_days)[0]
        days = [NoticeDay(day, True, "") for day in off]
        days += [NoticeDay(day, False, "") for day in worked]
        return sorted(days, key=lambda one: one.day)


@router.get("")
def holidays_page(
    visit: Page, session: ReadSession, year: Number = 0, recounted: Number = 0
) -> Response:
    """Show the years, and the days of the chosen one in the form."""
    known = visit.services.calendar.named_days(year) if 0 < year < 9999 else None
    form = YearForm.stored(known) if known else YearForm(year=str(year or ""))
    done = next((one for one in ("saved", "dropped") if visit.request.query_params.get(one)), "")
    return _page(visit, session, form, done=done)


@router.post("/read")
def read(visit: Page) -> Response:
    """Read a pasted notice and show what was understood, to be confirmed."""
    text = visit.form.text("text")[:NOTICE_CHARACTERS]
    reading = read_notice(text, year=visit.form.number("year"))
    form = YearForm.read(reading)
    if not form.year:
        form = replace(form, year=visit.form.text("year"))
    with visit.read() as session:
        return _page(visit, session, form, text=text, reading=reading)


@router.post("")
def save(visit: Page) -> Response:
    """Save the confirmed days of a year, or remove a year kept by mistake; recount deadlines."""
    form = YearForm.submitted(visit.form)
    try:
        with visit.write() as session:
            saved = _save(visit, session, form)
    except (InvalidHolidaysError, HolidaysNotFoundError) as error:
        with visit.read() as session:
            return _page(visit, session, form, refusal=error)
    visit.services.calendar.keep(saved.kept)
    done = "dropped" if visit.form.text("then") == "drop" else "saved"
    address = f"/holidays?year={int(form.year)}&{done}=yes&recounted={saved.recounted}"
    return RedirectResponse(address, status_code=303)


def _save(visit: PageContext, session: Session, form: YearForm) -> SavedYear:
    calendar, actor, now = visit.services.calendar, visit.actor, visit.now
    if visit.form.text("then") == "drop":
        year = visit.form.number("year")
        return drop_year(session, year, calendar=calendar, actor=actor, now=now)
    announced, unread = form.announced()
    return save_year(session, announced, calendar=calendar, actor=actor, now=now, unread=unread)


def _page(
    visit: PageContext,
    session: Session,
    form: YearForm,
    *,
    text: str = "",
    reading: NoticeReading | None = None,
    refusal: QAServiceError | None = None,
    done: str = "",
) -> Response:
    calendar, kept = visit.services.calendar, kept_years(session)
    years = sorted({*range(visit.today.year - 1, visit.today.year + YEARS_AHEAD), *kept})
    is_bad = refusal is not None or (reading is not None and bool(reading.faults))
    context = {
        "form": form,
        "days": form.days(),
        "text": text,
        "reading": reading,
        "years": [(year, calendar.source(year), calendar.announced(year)) for year in years],
        "kept": kept,
        "done": done,
        "recounted": visit.request.query_params.get("recounted", "0"),
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("supervision/holidays.html", context, status=422 if is_bad else 200)


def _lines(days: frozenset[date]) -> str:
    return "\n".join(day.isoformat() for day in sorted(days))
