"""Pages of the hit test (命中测试): ask without a record, and check the draft of a pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas, present_area
from qa_service.accounts.permissions import Permission
from qa_service.consultation.calls.present import Present
from qa_service.consultation.inquiry import UnusableQuestionError
from qa_service.consultation.trials.hit_test import (
    Checked,
    DraftBank,
    Outcome,
    PairCheck,
    Placed,
    Trial,
    check_pair,
    draft_bank,
    try_question,
)
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import find_open
from qa_service.knowledge.pairs.questions import question_of
from qa_service.request_scope import ReadSession
from qa_service.web.ask.candidate_views import CandidateCard, candidate_card
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.labels import Badge
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

ONE_CHECK = Lock()
"""Held by the check of a draft, which asks some hundred questions."""

_OUTCOME_LOOKS = {
    Outcome.HIT: ("✔", "good"),
    Outcome.OFFERED: ("？", "ask"),
    Outcome.MISSED: ("✘", "bad"),
    Outcome.WRONG: ("‼", "bad"),
}


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial as shown; ``title`` tells of which bank."""

    title: str
    verdict: Badge
    percent: str
    reasons: tuple[str, ...]
    cards: tuple[CandidateCard, ...]


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """An expected question with its outcome now and with the draft; None without such a bank."""

    pair_id: int
    pair_question: str
    question: str
    before: Badge | None
    after: Badge | None
    is_changed: bool


@router.get("/hit-test", dependencies=[permits(Permission.DRAFT_PAIRS)])
def trial_page(visit: Page, session: ReadSession) -> Response:
    """Show the empty form."""
    return _page(visit, session)


@router.post("/hit-test", dependencies=[permits(Permission.DRAFT_PAIRS)])
def ask_trial(visit: Page) -> Response:
    """Show what a question finds now, and with the draft of a pair; nothing is recorded."""
    number = visit.form.number("pair")
    with visit.read() as session:
        pair = find_open(session, number, visit.user.bank_units) if number else None
        bank = _draft_bank(visit, session, pair)
        try:
            trials = _trials(visit, session, pair, bank)
        except UnusableQuestionError as error:
            return _page(visit, session, pair=pair, refusal=error)
        return _page(visit, session, pair=pair, trials=trials)


@router.get("/pairs/{pair_id}/hit-test", dependencies=[permits(Permission.DRAFT_PAIRS)])
def pair_page(visit: Page, session: ReadSession, pair_id: RowId, start: Number = 0) -> Response:
    """Show the expected questions of a pair, and what its draft changes elsewhere."""
    pair = find_open(session, pair_id, visit.user.bank_units)
    if not ONE_CHECK.acquire(blocking=False):
        return _page(visit, session, pair=pair, is_busy=True)
    try:
        bank = _draft_bank(visit, session, pair)
        searcher = visit.services.searcher
        check = check_pair(session, searcher, pair, bank, day=visit.today, start=start)
    finally:
        ONE_CHECK.release()
    return _page(visit, session, pair=pair, check=check, has_draft=bank is not None)


def _draft_bank(visit: PageContext, session: Session, pair: QAPair | None) -> DraftBank | None:
    if pair is None:
        return None
    return draft_bank(session, visit.services.index_sync, pair, day=visit.today)


def _trials(
    visit: PageContext, session: Session, pair: QAPair | None, bank: DraftBank | None
) -> list[TrialView]:
    """Return the question asked of the bank of now, and of the bank with the draft."""
    area = present_area(session, visit.form.text("area")) if visit.form.text("area") else None
    question, searcher = visit.form.text("question"), visit.services.searcher
    now = try_question(searcher, question, area=area, day=visit.today)
    found = [_trial_view("现在", now, visit.today)]
    if pair is not None and bank is not None:
        drafted = try_question(searcher, question, area=area, day=visit.today, bank=bank)
        found.append(_trial_view("修改稿发布后", drafted, visit.today))
    return found


def _trial_view(title: str, trial: Trial, day: date) -> TrialView:
    result = trial.result
    cards = tuple(
        candidate_card(candidate, Present(), place=place, told=None, day=day)
        for place, candidate in enumerate(result.shown, start=1)
    )
    percent = labels.percent(result.confidence)
    return TrialView(title, labels.badge(result.verdict), percent, trial.reasons, cards)


def _lines(checked: Sequence[Checked]) -> list[CheckedLine]:
    return [
        CheckedLine(
            one.expected.pair_id,
            one.expected.pair_question,
            one.expected.question,
            _outcome(one.before),
            _outcome(one.after),
            one.is_changed,
        )
        for one in checked
    ]


def _outcome(placed: Placed | None) -> Badge | None:
    if placed is None:
        return None
    icon, tone = _OUTCOME_LOOKS[placed.outcome]
    place = f"第 {placed.place} 条" if placed.outcome is Outcome.OFFERED else ""
    label = f"{placed.outcome.label}{place}（{labels.percent(placed.confidence)}）"
    return Badge(icon, label, tone)


def _page(
    visit: PageContext,
    session: Session,
    *,
    pair: QAPair | None = None,
    trials: Sequence[TrialView] = (),
    check: PairCheck | None = None,
    has_draft: bool = False,
    is_busy: bool = False,
    refusal: QAServiceError | None = None,
) -> Response:
    context = {
        "pair": pair,
        "pair_question": question_of(session, pair) if pair else "",
        "question": visit.form.text("question"),
        "area": visit.form.text("area"),
        "areas": list_areas(session, active_only=True),
        "trials": trials,
        "check": check,
        "own": _lines(check.own) if check else [],
        "changed": _lines(check.changed) if check else [],
        "has_draft": has_draft,
        "is_busy": is_busy,
        "problems": problems_by_field(refusal),
    }
    return visit.show("bank/pairs/hit_test.html", context, status=422 if refusal else 200)
