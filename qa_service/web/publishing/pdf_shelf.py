"""PDFs made on request: one at a time, and kept by the content of their page.

A booklet that nobody changed is printed once. One that holds an answer withdrawn since has
another content, and so is never found again.
"""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore, Lock

from qa_service.errors import UnavailableError
from qa_service.observability.events import PdfFailed, kind_of, log_event, place_of
from qa_service.web.publishing.pdf import print_pdf
from qa_service.web.publishing.whole_files import write_whole

FOLDER = "booklets"
"""Folder of kept PDFs in the data folder."""

KEPT = 200
WAIT_SECONDS = 10
_BUSY = "正在生成另一份 PDF，请稍后重试，或用浏览器打印本页"

PLACES = BoundedSemaphore(4)
"""Places at the printer and in the queue before it: each keeps a thread from those who read."""

_PRINTING = Lock()


class PdfUnavailableError(UnavailableError):
    """No browser is installed, it failed, or another booklet is just being printed."""

    code = "pdf_unavailable"
    title = "暂时不能生成打印文件"


def pdf_of(
    page: str, data_dir: Path, *, printer: Callable[[str], bytes | None] = print_pdf
) -> bytes:
    """Return ``page`` as PDF, a kept one if there is; raises PdfUnavailableError."""
    folder = data_dir / FOLDER
    kept = folder / f"{hashlib.sha256(page.encode()).hexdigest()}.pdf"
    if kept.exists():
        return kept.read_bytes()
    if not PLACES.acquire(blocking=False):
        raise PdfUnavailableError(_BUSY)
    try:
        if not _PRINTING.acquire(timeout=WAIT_SECONDS):
            raise PdfUnavailableError(_BUSY)
        try:
            printed = kept.read_bytes() if kept.exists() else _printed(page, printer)
        finally:
            _PRINTING.release()
    finally:
        PLACES.release()
    _keep(kept, printed)
    return printed


def _printed(page: str, printer: Callable[[str], bytes | None]) -> bytes:
    try:
        printed = printer(page)
    except (OSError, subprocess.SubprocessError) as error:
        log_event(PdfFailed(kind_of(error), place_of(error)))
        raise PdfUnavailableError("生成 PDF 失败，请用浏览器打印本页") from error
    if printed is None:
        raise PdfUnavailableError("没有安装 Chromium，请用浏览器打印本页，目标选“另存为 PDF”")
    return printed


def _keep(path: Path, printed: bytes) -> None:
    """Keep the PDF and drop the oldest; a folder that cannot be written keeps none."""
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, printed)
        held = sorted(path.parent.glob("*.pdf"), key=lambda one: one.stat().st_mtime)
        for old in held[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        # The public desk may run where it can only read.
        return
