"""The page of an inspection package that is printed, for browsers and for files of its own."""

from sqlmodel import Session

from qa_service.reporting.inspection.naming import issued_line
from qa_service.reporting.models import InspectionPackage
from qa_service.web.kit.rendering import TEMPLATES
from qa_service.web.kit.static_files import STATIC_FOLDER

MOST_ROWS = 500
"""Rows of a list that a page shows; the sheet holds all."""


def print_context(session: Session, package: InspectionPackage) -> dict[str, object]:
    """Return what the page to print shows."""
    return {"package": package, "issued": issued_line(session, package), "most": MOST_ROWS}


def printed_file(session: Session, package: InspectionPackage) -> str:
    """Return the page to print as an HTML file that needs no other file."""
    css = (STATIC_FOLDER / "print.css").read_text(encoding="utf-8")
    template = TEMPLATES.env.get_template("supervision/package_print.html")
    return template.render(print_context(session, package), css=css)
