"""Writes an issued package into a folder: the workbook, the page to print, and its PDF."""

import errno
import os
from pathlib import Path

from sqlmodel import Session

from qa_service.reporting.inspection.naming import file_stem, issued_line
from qa_service.reporting.inspection.workbook import write_package
from qa_service.reporting.models import InspectionPackage
from qa_service.web.publishing.pdf import print_pdf
from qa_service.web.publishing.whole_files import write_whole
from qa_service.web.supervision.printing import printed_file


def package_files(package: InspectionPackage, folder: Path) -> tuple[Path, Path]:
    """Return the paths of the package's workbook and of its page to print in ``folder``."""
    stem = folder / file_stem(package)
    return stem.with_suffix(".xlsx"), stem.with_suffix(".html")


def open_folder(folder: Path) -> None:
    """Make ``folder`` if it is missing; raises OSError where files cannot be written into it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def write_files(session: Session, package: InspectionPackage, folder: Path) -> list[Path]:
    """Write workbook and page to print into ``folder``, which is made; return their paths.

    A file appears whole: it is written beside its place and then renamed.
    """
    open_folder(folder)
    workbook, page = package_files(package, folder)
    note = issued_line(session, package)
    write_whole(workbook, write_package(package.content, package.notice, note))
    write_whole(page, printed_file(session, package).encode())
    return [workbook, page]


def write_pdf(page: Path) -> Path | None:
    """Print ``page`` as PDF beside it; None where there is no browser.

    Raises subprocess.SubprocessError if the browser fails.
    """
    printed = print_pdf(page.read_text(encoding="utf-8"))
    return write_whole(page.with_suffix(".pdf"), printed) if printed is not None else None
