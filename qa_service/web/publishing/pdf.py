"""Prints a page as PDF with Debian's Chromium, which is no part of the service."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Programs that print a page as PDF; Debian's package is called chromium."""

PDF_SECONDS = 120


def find_browser() -> str | None:
    """Return the path of a browser that prints; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_pdf(page: str) -> bytes | None:
    """Return ``page``, HTML that needs no other file, as PDF; None where no browser is.

    Raises subprocess.SubprocessError or OSError if the browser fails.
    """
    browser = find_browser()
    if browser is None:
        return None
    with TemporaryDirectory() as folder:
        source, printed = Path(folder) / "page.html", Path(folder) / "printed.pdf"
        source.write_text(page, encoding="utf-8")
        command = [browser, *_options(Path(folder)), f"--print-to-pdf={printed}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=PDF_SECONDS)  # noqa: S603
        return printed.read_bytes()


def _options(folder: Path) -> list[str]:
    options = [
        "--headless",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        # The page is ours and holds no script; nothing in it is loaded from anywhere.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--disable-background-networking",
    ]
    # Chromium refuses its sandbox to root.
    return ["--no-sandbox", *options] if os.geteuid() == 0 else options
