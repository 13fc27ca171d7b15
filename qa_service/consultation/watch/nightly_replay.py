"""The nightly replay: the last month's real questions asked again, what changed is kept.

A run takes the different questions of 30 days, asks each as the service would be asked now, within
what it was asked within, and compares verdict and first answer with what the caller was shown
last. It is worth its time only if bank, word list, model or calibration changed since the last run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.permissions import Permission
from qa_service.consultation.inquiry import search_text
from qa_service.consultation.models import Consultation
from qa_service.consultation.search.long_questions import WHOLE_CHARACTERS
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.search.searcher import Searcher
from qa_service.consultation.watch.models import ReplayChange, ReplayRun
from qa_service.errors import NotFoundError
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.vocabulary import AreaKey, Verdict

DAYS = 30
LARGEST = 2_000
"""Different questions of one run, the newest first."""


class ReplayNotFoundError(NotFoundError):
    """No replay has this id."""

    code = "replay_not_found"
    title = "没有这次重放"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked last: its record, and what was shown first."""

    consultation_id: str
    question: str
    area: AreaKey | None
    narrowed: Narrowing
    verdict: Verdict
    pair_id: int | None


def fingerprint_of(index_sync: IndexSync) -> str:
    """Return a hash of all that decides verdicts: bank, word list, models, calibration."""
    engine = index_sync.engine
    recipe = engine.recipe()
    parts = (
        recipe.tokenizer,
        recipe.encoder,
        engine.reranker.fingerprint if engine.reranker else "",
        str(index_sync.revision),
        engine.calibration.fingerprint,
    )
    return sha256("\n".join(parts).encode()).hexdigest()


def last_run(session: Session) -> ReplayRun | None:
    """Return the newest run, None before the first one."""
    return session.exec(select(ReplayRun).order_by(col(ReplayRun.id).desc()).limit(1)).first()


def begin_run(session: Session, fingerprint: str, *, now: datetime) -> ReplayRun:
    """Begin a run over the questions of the 30 days before ``now``, and return it."""
    different = sa_select(*_asked_alike()).where(*_window(now)).distinct().subquery()
    total = session.exec(select(func.count()).select_from(different)).one()
    run = ReplayRun(fingerprint=fingerprint, total=min(total, LARGEST), started_at=now)
    if not run.total:
        run.finished_at = now
    session.add(run)
    session.flush()
    return run


def next_questions(session: Session, run: ReplayRun, *, limit: int) -> list[Asked]:
    """Return the next questions of a run, each as it was asked last.

    Their order does not depend on what is asked meanwhile, so that a run goes on after a stop.
    """
    latest = func.max(col(Consultation.created_at))
    wanted = min(limit, run.total - run.asked)
    alike = _asked_alike()
    page = (
        sa_select(*alike, latest.label("at"))
        .where(*_window(run.started_at))
        .group_by(*alike)
        .order_by(latest.desc(), *alike)
        .offset(run.asked)
        .limit(max(wanted, 0))
        .subquery()
    )
    statement = (
        select(Consultation)
        .join(
            page,
            and_(
                page.c.at == col(Consultation.created_at),
                # An area may be none, which equals nothing.
                *(held.is_not_distinct_from(one) for held, one in zip(page.c, alike, strict=False)),
            ),
        )
        .where(*_window(run.started_at))
        .order_by(col(Consultation.created_at).desc(), *alike)
    )
    found = [_asked(one) for one in session.exec(statement).all()]
    return list({(one.question, one.area, one.narrowed): one for one in found}.values())


def ask_again(searcher: Searcher, asked: Asked, *, day: date) -> tuple[Verdict, int | None]:
    """Return verdict and first answer of a question now; nothing of it is counted or stored.

    Raises UnknownAreaError or TopicNotFoundError where it can be asked so no more.
    """
    found = searcher.trial(
        search_text(asked.question), area=asked.area, day=day, narrowed=asked.narrowed
    )
    first = found.candidates[0].qa_id if found.candidates else None
    return found.verdict, first


def store_batch(
    session: Session, run_id: int, asked: int, changes: Sequence[ReplayChange], *, now: datetime
) -> None:
    """Keep the changes of a batch of ``asked`` questions; the last batch finishes the run."""
    run = session.get_one(ReplayRun, run_id)
    run.asked += asked
    run.changed += len(changes)
    # Questions erased since the run began make it shorter than it was counted.
    if not asked or run.asked >= run.total:
        run.finished_at = now
    session.add(run)
    session.add_all(changes)
    session.flush()


def list_runs(session: Session, *, limit: int = 30) -> Sequence[ReplayRun]:
    """Return the runs, the newest first."""
    statement = select(ReplayRun).order_by(col(ReplayRun.id).desc())
    return session.exec(statement.limit(limit)).all()


def find_run(session: Session, run_id: int) -> ReplayRun:
    """Return the run of this id; raises ReplayNotFoundError."""
    run = session.get(ReplayRun, run_id)
    if run is None:
        raise ReplayNotFoundError("没有这次重放，请从清单中选择")
    return run


def changes_of(
    session: Session, run: ReplayRun, *, skip: int = 0, limit: int = 100
) -> Sequence[tuple[ReplayChange, str]]:
    """Return the changes of a run with their questions: answers lost first."""
    statement = (
        select(ReplayChange, Consultation.question)
        .join(Consultation, col(Consultation.id) == ReplayChange.consultation_id)
        .where(ReplayChange.run_id == run.id)
    )
    was_answered = col(ReplayChange.before_verdict) == Verdict.ANSWERED
    ordered = statement.order_by(was_answered.desc(), col(ReplayChange.id))
    return session.exec(ordered.offset(skip).limit(limit)).all()


def unseen_run(session: Session) -> ReplayRun | None:
    """Return the newest run if something changed in it and nobody has looked at it."""
    run = last_run(session)
    return run if run is not None and run.changed and run.seen_at is None else None


def see_run(session: Session, run_id: int, *, actor: Actor, now: datetime) -> None:
    """Record that the changes of a run were looked at; raises ReplayNotFoundError."""
    check_permission(actor, Permission.READ_GAPS)
    run = find_run(session, run_id)
    if run.seen_at is None:
        run.seen_by, run.seen_by_person_id, run.seen_by_key_id = actor.recorded
        run.seen_at = now
        session.add(run)
        session.flush()


def _asked_alike() -> tuple[Mapped[Any], ...]:
    """Return the columns that tell one question from another: its words and its bounds."""
    return (
        col(Consultation.question),
        col(Consultation.area),
        col(Consultation.topic),
        col(Consultation.audience),
        col(Consultation.region),
    )


def _window(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a question replayable: of 30 days, by today's rules, not too long."""
    at = col(Consultation.created_at)
    return (
        at >= now - timedelta(days=DAYS),
        at < now,
        col(Consultation.as_of).is_(None),
        func.length(col(Consultation.question)) <= WHOLE_CHARACTERS,
    )


def _asked(one: Consultation) -> Asked:
    is_shown = one.verdict is not Verdict.UNMATCHED and one.candidates
    first = one.candidates[0].qa_id if is_shown else None
    return Asked(one.id, one.question, one.area, one.narrowed, one.verdict, first)
