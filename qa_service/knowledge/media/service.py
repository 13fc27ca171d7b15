"""Media of pairs: uploaded by one person, approved by another, then shown with the answer."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.accounts.users import name_of
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from qa_service.knowledge.gates import MEDIA_GATES, check_affirmed
from qa_service.knowledge.media.drawings import SVG, drawing_words
from qa_service.knowledge.media.files import FILES, file_of, require_room, store_file
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.upkeep_models import Media
from qa_service.storage.engine import read_columns
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AuditAction, MediaKind, Statement

TITLE_CHARACTERS = 100
UPLOADS_A_DAY = 100


class MediaNotFoundError(NotFoundError):
    """No media has this id or checksum, or it is not visible to the caller."""

    code = "media_not_found"
    title = "没有这个图解或视频"


class MediaKnownError(ConflictError):
    """The pair already has this file."""

    code = "media_known"
    title = "这个文件已上传"


class InvalidMediaTitleError(InvalidInputError):
    """The title is missing, too long, or says what may not be told."""

    code = "invalid_media_title"
    title = "标题有误"


class TooManyUploadsError(ConflictError):
    """The person has uploaded as many files as a day allows."""

    code = "too_many_uploads"
    title = "上传过多"


class OwnMediaError(ForbiddenError):
    """The uploader may not approve the same media (four-eyes rule)."""

    code = "own_media"
    title = "不能由您审核"


class MediaApprovedError(ConflictError):
    """The media was approved before; that approval stands."""

    code = "media_approved"
    title = "已审核通过"


TitleCheck = Callable[[Session, str], Sequence[FieldProblem]]
"""Returns the faults of a text that is to be told (``review.text_checks``)."""


@dataclass(frozen=True, slots=True)
class MediaView:
    """A picture or video as shown with an answer."""

    kind: MediaKind
    title: str
    content_type: str
    url: str


# Built once, because every answer executes it.
_SHOWN = (
    sa_select(
        col(Media.pair_id),
        col(Media.kind),
        col(Media.title),
        col(Media.content_type),
        col(Media.checksum),
    )
    .where(
        col(Media.pair_id).in_(bindparam("pair_ids", expanding=True)),
        col(Media.approved_at).is_not(None),
    )
    .order_by(col(Media.id))
)


def add_media(
    session: Session,
    pair: QAPair,
    source: BinaryIO,
    *,
    kind: MediaKind,
    title: str,
    title_check: TitleCheck,
    folder: Path,
    limit: int,
    quota: int | None = None,
    by: Actor,
    now: datetime,
) -> Media:
    """Store a file for the pair and return its media, to be approved by another person.

    The title is stored without invisible characters.

    All files may take ``quota`` bytes, and a person may add ``UPLOADS_A_DAY``. Raises
    InvalidMediaTitleError, UnusableMediaError, TooManyUploadsError or MediaKnownError, and
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.ADD_MEDIA)
    title = display_clean(title)
    _require_title(session, title, title_check)
    _require_restraint(session, by, now=now)
    if quota is not None:
        require_room(folder, limit=limit, quota=quota)
    lock_for_transaction(session, FILES)
    checksum, content_type = store_file(source, folder, kind, limit=limit)
    known = select(Media.id).where(Media.pair_id == pair.id, Media.checksum == checksum)
    if session.exec(known).first() is not None:
        raise MediaKnownError("这条问答已有同一个文件")
    media = Media(
        pair_id=stored_id(pair),
        kind=kind,
        title=title,
        checksum=checksum,
        content_type=content_type,
        size=file_of(folder, checksum).stat().st_size,
        uploaded_by=by.name,
        uploaded_by_person_id=by.person_id,
        uploaded_by_key_id=by.api_key_id,
        uploaded_at=now,
    )
    session.add(media)
    session.flush()
    _record(session, media, "上传", by=by, now=now)
    return media


def approve_media(
    session: Session,
    media_id: int,
    *,
    by: Actor,
    now: datetime,
    statements: Collection[Statement],
    title_check: TitleCheck,
    folder: Path | None = None,
) -> Media:
    """Approve media, which makes it public, with the statements of its gates.

    The words of a drawing in ``folder`` are checked like its title.

    Raises MediaNotFoundError, MediaApprovedError, OwnMediaError, InvalidMediaTitleError or
    GatesUnansweredError, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.APPROVE_MEDIA)
    media = find_media(session, media_id, locks=True)
    if media.approved_at is not None:
        who = name_of(session, media.approved_by or "", media.approved_by_person_id)
        raise MediaApprovedError(f"“{media.title}”已由 {who} 审核通过，不必再审")
    uploader = RecordedActor(
        media.uploaded_by, media.uploaded_by_person_id, media.uploaded_by_key_id
    )
    if by.is_same_person_as(uploader):
        raise OwnMediaError("图解和视频应由上传人以外的人审核")
    _require_title(session, media.title, title_check)
    _require_words(session, media, title_check, folder)
    media.statements = check_affirmed(MEDIA_GATES, statements)
    media.approved_by, media.approved_by_person_id, media.approved_by_key_id = by.recorded
    media.approved_at = now
    session.add(media)
    _record(session, media, "审核通过", by=by, now=now)
    return media


def remove_media(session: Session, media_id: int, *, by: Actor, now: datetime) -> str:
    """Remove media from its pair and return the checksum of its file, see ``delete_unused``."""
    media = find_media(session, media_id)
    _record(session, media, "移除", by=by, now=now)
    session.delete(media)
    session.flush()
    return media.checksum


def delete_unused(session: Session, checksum: str, folder: Path) -> None:
    """Delete the file of removed media from ``folder`` unless a pair has it.

    Call it in a transaction of its own, once the removal is committed: a file that is deleted
    before stays away if the removal is rolled back.
    """
    lock_for_transaction(session, FILES)
    if not media_of_file(session, checksum):
        file_of(folder, checksum).unlink(missing_ok=True)


def _require_title(session: Session, title: str, title_check: TitleCheck) -> None:
    """Raise InvalidMediaTitleError, naming every fault, unless ``title`` may be told."""
    if not title or len(title) > TITLE_CHARACTERS:
        message = f"标题应为 1 至 {TITLE_CHARACTERS} 个字"
        raise InvalidMediaTitleError(message, problems=(FieldProblem("title", message),))
    problems = tuple(title_check(session, title))
    if problems:
        message = f"标题“{title}”：{'；'.join(one.message for one in problems)}。请改好标题再上传"
        raise InvalidMediaTitleError(message, problems=problems)


def _require_words(session: Session, media: Media, check: TitleCheck, folder: Path | None) -> None:
    """Raise InvalidMediaTitleError, naming every fault, unless a drawing's words may be told."""
    if folder is None or media.content_type != SVG:
        return
    words = drawing_words(file_of(folder, media.checksum).read_bytes())
    problems = tuple(check(session, words))
    if problems:
        message = f"图解中的文字：{'；'.join(one.message for one in problems)}。请改好图解"
        raise InvalidMediaTitleError(message, problems=problems)


def _require_restraint(session: Session, by: Actor, *, now: datetime) -> None:
    """Raise TooManyUploadsError if the actor has added as many files as a day allows."""
    theirs = (
        select(func.count())
        .select_from(Media)
        .where(Media.uploaded_by == by.name, col(Media.uploaded_at) > now - timedelta(days=1))
    )
    if session.exec(theirs).one() >= UPLOADS_A_DAY:
        raise TooManyUploadsError(f"一天内最多上传 {UPLOADS_A_DAY} 个文件，请明天再传")


def _record(session: Session, media: Media, change: str, *, by: Actor, now: datetime) -> None:
    subject = f"媒体 {media.checksum[:12]}"
    record(
        session,
        AuditAction.EDIT,
        actor=by,
        now=now,
        subject=subject,
        change=change,
        pair=media.pair_id,
    )


def find_media(session: Session, media_id: int, *, locks: bool = False) -> Media:
    """Return the media of this id; raises MediaNotFoundError.

    ``locks`` waits for others who change it, and reads it as they left it.
    """
    if locks:
        media = session.get(Media, media_id, populate_existing=True, with_for_update=True)
    else:
        media = session.get(Media, media_id)
    if media is None:
        raise MediaNotFoundError(f"没有编号为 {media_id} 的图解或视频")
    return media


def all_media(session: Session, pair_id: int) -> list[Media]:
    """Return all media of a pair, approved or not, oldest first."""
    statement = select(Media).where(Media.pair_id == pair_id).order_by(col(Media.id))
    return list(session.exec(statement).all())


def unapproved_media(
    session: Session, *, within: Within = EVERY_UNIT, limit: int = 50
) -> Sequence[tuple[Media, QAPair]]:
    """Return at most ``limit`` media that wait for approval, oldest first."""
    statement = (
        select(Media, QAPair)
        .join(QAPair, col(QAPair.id) == Media.pair_id)
        .where(col(Media.approved_at).is_(None))
        .order_by(col(Media.id))
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return session.exec(statement).all()


def shown_media(session: Session, pair_ids: Collection[int]) -> dict[int, tuple[MediaView, ...]]:
    """Return the approved media of each pair by id; pairs without any are left out."""
    found: dict[int, list[MediaView]] = {}
    if pair_ids:
        rows = read_columns(session, _SHOWN, {"pair_ids": list(pair_ids)})
        for pair_id, kind, title, content_type, checksum in rows:
            view = MediaView(kind, title, content_type, f"/media/{checksum}")
            found.setdefault(pair_id, []).append(view)
    return {pair_id: tuple(views) for pair_id, views in found.items()}


def media_of_file(session: Session, checksum: str) -> list[Media]:
    """Return the media of all pairs that have the file of this checksum, oldest first."""
    statement = select(Media).where(Media.checksum == checksum).order_by(col(Media.id))
    return list(session.exec(statement).all())


def without_media(session: Session, pair_ids: Collection[int]) -> frozenset[int]:
    """Return those of ``pair_ids`` without approved media (图解 duty)."""
    return frozenset(pair_ids) - shown_media(session, pair_ids).keys()
