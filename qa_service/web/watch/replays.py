"""Pages of the nightly replays (夜间重放): the runs, and the verdicts that changed."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.watch.nightly_replay import (
    changes_of,
    find_run,
    list_runs,
    see_run,
)
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page

router = APIRouter(prefix="/replays", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE = 100


@router.get("", dependencies=[permits(Permission.READ_GAPS)])
def runs_page(visit: Page, session: ReadSession) -> Response:
    """List the replays, the newest first."""
    return visit.show("watch/replays.html", {"runs": list_runs(session)})


@router.get("/{run_id}", dependencies=[permits(Permission.READ_GAPS)])
def run_page(visit: Page, session: ReadSession, run_id: RowId, page: Number = 0) -> Response:
    """Show the questions whose verdict or first answer changed."""
    run = find_run(session, run_id)
    skip = min(page, 10_000) * PAGE
    found = changes_of(session, run, skip=skip, limit=PAGE + 1)
    shown = found[:PAGE]
    ids = {
        pair_id
        for change, _ in shown
        for pair_id in (change.before_pair_id, change.after_pair_id)
        if pair_id is not None
    }
    views = view_pairs(session, list(ids), day=visit.today, with_variants=False)
    context = {
        "run": run,
        "changes": shown,
        "asked": {view.pair_id: view.content.question for view in views},
        "next_page": page + 1 if len(found) > PAGE else None,
    }
    return visit.show("watch/replay.html", context)


@router.post("/{run_id}", dependencies=[permits(Permission.READ_GAPS)])
def see(visit: Page, run_id: RowId) -> Response:
    """Record that the changes were looked at."""
    with visit.write() as session:
        see_run(session, run_id, actor=visit.actor, now=visit.now)
    return visit.lead(f"/replays/{run_id}", Done.SEEN)
