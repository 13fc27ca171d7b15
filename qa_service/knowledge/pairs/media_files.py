"""Files of pictures and videos: public with a published answer, else for keepers of the pair."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from qa_service.accounts.authority import Within
from qa_service.knowledge.media.service import MediaNotFoundError, media_of_file
from qa_service.knowledge.pairs.permissions import may_open
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.pairs.service import find_pair


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that may be sent; ``is_public`` if a published answer shows it today."""

    checksum: str
    content_type: str
    is_public: bool


def served_file(
    session: Session, checksum: str, *, day: date, is_staff: bool, within: Within
) -> ServedFile:
    """Return the file of this checksum if it may be sent on ``day``.

    Everybody gets an approved file of an answer that may be told that day to everybody. Staff
    also get the other files of pairs whose unpublished work they may see, those ``within`` units.
    Raises MediaNotFoundError.
    """
    held = media_of_file(session, checksum)
    approved = [media.pair_id for media in held if media.approved_at is not None]
    views = view_pairs(session, approved, day=day, with_variants=False)
    is_public = any(view.showable and not view.content.is_limited for view in views)
    is_theirs = is_staff and any(
        may_open(find_pair(session, media.pair_id), within) for media in held
    )
    if not is_public and not is_theirs:
        raise MediaNotFoundError("没有这个图解或视频，可能已撤下")
    return ServedFile(checksum, held[0].content_type, is_public)
