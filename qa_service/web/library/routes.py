"""Pages of the library towards the city: what was uploaded, the export, proofs of upload."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.knowledge.policies.library.columns import library_columns, library_rows
from qa_service.knowledge.policies.library.uploads import (
    InvalidUploadError,
    library_documents,
    note_upload,
)
from qa_service.knowledge.policies.permissions import may_keep
from qa_service.knowledge.policies.service import get_policy
from qa_service.reporting.print_sheets import Column, PrintSheet, write_book
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import day_or_none, problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

WIDTHS = {"title": 44, "link": 36, "uploaded_address": 36, "guides": 36, "powers": 36}
TITLE = "政策文件库"


@router.get("/library", dependencies=[permits(Permission.READ_BANK)])
def library_page(visit: Page, session: ReadSession, missing: str = "") -> Response:
    """List the public documents with the proof of their upload to the city's library."""
    every = library_documents(session)
    missing_only = missing == "yes"
    waiting = [one for one in every if one[0].uploaded_on is None]
    context = {
        "found": waiting if missing_only else every,
        "count": len(every),
        "uploaded": len(every) - len(waiting),
        "missing_only": missing_only,
        "kept": {one.id for one, _ in every if may_keep(visit.actor, one)}
        if visit.user.may(Permission.KEEP_POLICIES)
        else set(),
        "columns": library_columns(visit.services.settings.library_columns),
        "exports": visit.user.may(Permission.KEEP_POLICIES),
    }
    return visit.show("library/list.html", context)


@router.get("/library/export.xlsx", dependencies=[permits(Permission.KEEP_POLICIES)])
def export(visit: Page, session: ReadSession, missing: str = "") -> Response:
    """Return the public documents in the columns of the city's library."""
    columns = library_columns(visit.services.settings.library_columns)
    documents = library_documents(session, only_missing=missing == "yes")
    sheet = PrintSheet(
        TITLE,
        TITLE,
        f"{visit.today:%Y-%m-%d} 导出，共 {len(documents)} 份",
        [Column(one.heading, WIDTHS.get(one.field, 14)) for one in columns],
        library_rows(session, documents, columns),
    )
    name = f"library-{visit.today:%Y%m%d}.xlsx"
    return visit.hand_out(write_book([sheet]), name, TITLE)


@router.get("/policies/{policy_id}/upload", dependencies=[permits(Permission.KEEP_POLICIES)])
def upload_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show the form of a document's proof of upload."""
    document = get_policy(session, policy_id)
    typed = {
        "uploaded_on": str(document.uploaded_on or visit.today),
        "uploaded_address": document.uploaded_address or "",
    }
    context = {"document": document, "typed": typed, "problems": {}}
    return visit.show("library/upload.html", context)


@router.post("/policies/{policy_id}/upload", dependencies=[permits(Permission.KEEP_POLICIES)])
def save_upload(visit: Page, policy_id: RowId) -> Response:
    """Record when and where a document was uploaded."""
    typed = {name: visit.form.text(name) for name in ("uploaded_on", "uploaded_address")}
    try:
        with visit.write() as session:
            note_upload(
                session,
                get_policy(session, policy_id),
                day_or_none(typed["uploaded_on"]),
                typed["uploaded_address"],
                actor=visit.actor,
                now=visit.now,
                today=visit.today,
            )
    except InvalidUploadError as error:
        with visit.read() as session:
            document = get_policy(session, policy_id)
        context = {"document": document, "typed": typed, "problems": problems_by_field(error)}
        return visit.show("library/upload.html", context, status=422)
    return visit.lead("/library", Done.SAVED)
