"""The supervision board (督查看板): open entries by unit and by days left.

Its address stays under ``/ledger``, so that bookmarks keep working.
"""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.reporting.board import open_board
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page
from qa_service.web.supervision.views import board_view

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("/ledger/board", dependencies=[permits(Permission.WATCH_BOARD)])
def board_page(visit: Page, session: ReadSession) -> Response:
    """Show the number of open entries by unit and by working days left."""
    within = visit.user.units_for(Permission.WATCH_BOARD)
    calendar = visit.services.calendar
    board = open_board(session, today=visit.today, calendar=calendar, within=within)
    return visit.show("supervision/board.html", {"board": board_view(board)})
