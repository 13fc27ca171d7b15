"""Checks of what is told with an image or video: its title, and the words of a drawing."""

from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from qa_service.knowledge.media.drawings import SVG, drawing_words
from qa_service.knowledge.media.files import file_of
from qa_service.knowledge.media.service import all_media
from qa_service.knowledge.review.text_checks import Finding, check_told


def media_findings(session: Session, pair_id: int, folder: Path | None) -> Iterator[Finding]:
    """Yield what the pre-checks find in the titles and drawings that a pair is shown with.

    Drawings are read from ``folder``; without it, titles alone are checked.
    """
    for media in all_media(session, pair_id):
        texts = {"media": media.title}
        path = file_of(folder, media.checksum) if folder and media.content_type == SVG else None
        if path is not None and path.is_file():
            texts["media"] = f"{media.title}\n{drawing_words(path.read_bytes())}"
        for one in check_told(session, texts):
            yield Finding("media", f"图解、视频“{media.title}”：{one.message}", one.is_fault)
