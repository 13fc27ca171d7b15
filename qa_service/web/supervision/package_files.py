"""Writes an issued package into a folder: the workbook, the page to print, and its PDF."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from qa_service.reporting.inspection.naming import file_stem, issued_line
from qa_service.reporting.inspection.workbook import write_package
from qa_service.reporting.models import InspectionPackage
from qa_service.web.supervision.printing import printed_file

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Programs that print a page as PDF; Debian's package is called chromium."""

PDF_SECONDS = 120


def package_files(package: InspectionPackage, folder: Path) -> tuple[Path, Path]:
    """Return the paths of the package's workbook and of its page to print in ``folder``."""
    stem = folder / file_stem(package)
    return stem.with_suffix(".xlsx"), stem.with_suffix(".html")


def write_files(package: InspectionPackage, folder: Path) -> list[Path]:
    """Write workbook and page to print into ``folder``, which is made; return their paths.

    A file appears whole: it is written beside its place and then renamed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    workbook, page = package_files(package, folder)
    note = issued_line(package)
    _write(workbook, write_package(package.content, package.notice, note))
    _write(page, printed_file(package).encode())
    return [workbook, page]


def write_pdf(page: Path) -> Path | None:
    """Print ``page`` as PDF beside it with Debian's Chromium; None where there is none.

    Raises subprocess.SubprocessError if the browser fails.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return None
    target = page.with_suffix(".pdf")
    with TemporaryDirectory() as profile:
        printed = Path(profile) / "printed.pdf"
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.absolute().as_uri(),
        ]
        if os.geteuid() == 0:
            # Chromium refuses its sandbox to root; the page is ours and holds no script.
            command.insert(1, "--no-sandbox")
        subprocess.run(command, check=True, capture_output=True, timeout=PDF_SECONDS)  # noqa: S603
        _write(target, printed.read_bytes())
    return target


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)
