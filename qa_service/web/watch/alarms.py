"""Page of the alarms of emerging topics (热点预警), with how often they would have fired."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.watch.alarms import (
    WHOLE,
    InvalidAlarmNoteError,
    find_bursts,
    list_alarms,
    questions_of,
    settle_alarm,
    weekly_fires,
)
from qa_service.consultation.watch.bursts import LEAST_WEEKS, SIGMAS, WEEKS
from qa_service.consultation.watch.models import AlarmKind, TopicAlarm
from qa_service.errors import QAServiceError
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.reporting.charts import Bar, stacked_bars
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/alarms", dependencies=[Depends(guard_page)], include_in_schema=False)

LOOKED_BACK = 12
"""Weeks of the chart."""

NEAR_NOTHING = "没有相近的问答"


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm as the page shows it: what it is about, and questions behind it."""

    alarm: TopicAlarm
    about: str
    questions: list[str]


@router.get("", dependencies=[permits(Permission.READ_GAPS)])
def alarms_page(visit: Page, session: ReadSession) -> Response:
    """List the alarms, and show how often the rule would have fired in the weeks before."""
    return _page(visit, session)


@router.post("/{alarm_id}", dependencies=[permits(Permission.READ_GAPS)])
def settle(visit: Page, alarm_id: RowId) -> Response:
    """Record what was done about an alarm, which takes it off the work lists."""
    note = visit.form.text("note")
    try:
        with visit.write() as session:
            settle_alarm(session, alarm_id, note, actor=visit.actor, now=visit.now)
    except InvalidAlarmNoteError as error:
        with visit.read() as session:
            return _page(visit, session, refusal=error, alarm_id=alarm_id)
    return visit.lead("/alarms", Done.SETTLED)


def _page(
    visit: PageContext,
    session: Session,
    *,
    refusal: QAServiceError | None = None,
    alarm_id: int = 0,
) -> Response:
    least = visit.services.settings.alarm_least
    context = {
        "lines": _lines(visit, session),
        "bars": _chart(visit, session, least),
        "least": least,
        "weeks": WEEKS,
        "least_weeks": LEAST_WEEKS,
        "sigmas": SIGMAS,
        "looked_back": LOOKED_BACK,
        "refused_id": alarm_id,
        "typed": visit.form.text("note"),
        "problems": problems_by_field(refusal),
    }
    return visit.show("watch/alarms.html", context, status=422 if refusal else 200)


def _chart(visit: PageContext, session: Session, least: int) -> tuple[Bar, ...]:
    last: date = visit.today
    first = last - timedelta(days=last.weekday()) - timedelta(weeks=LOOKED_BACK - 1)
    calendar = visit.services.calendar
    bursts = find_bursts(session, first, last, calendar=calendar, least=least)
    by_kind = [
        (tone, list(weekly_fires([one for one in bursts if one.kind is kind], last, LOOKED_BACK)))
        for tone, kind in (("bad", AlarmKind.NO_MATCH), ("warn", AlarmKind.SAME_ANSWER))
    ]
    weeks = [monday for monday, _ in by_kind[0][1]]
    return stacked_bars(
        [
            (f"{monday:%Y-%m-%d} 起", [(tone, fires[place][1]) for tone, fires in by_kind])
            for place, monday in enumerate(weeks)
        ]
    )


def _lines(visit: PageContext, session: Session) -> list[AlarmLine]:
    found = list_alarms(session)
    units = {unit.key: unit.name for unit in list_units(session)}
    pairs = {one.pair_id for one in found if one.pair_id}
    views = view_pairs(session, list(pairs), day=visit.today, with_variants=False)
    asked = {view.pair_id: view.content.question for view in views}
    return [
        AlarmLine(one, _about(one, units, asked), questions_of(session, one, limit=5))
        for one in found
    ]


def _about(alarm: TopicAlarm, units: dict[str, str], asked: dict[int, str]) -> str:
    if alarm.pair_id is not None:
        return asked.get(alarm.pair_id, f"问答 {alarm.pair_id}")
    if alarm.subject == WHOLE:
        return "全部单位"
    return units.get(alarm.subject, NEAR_NOTHING)
