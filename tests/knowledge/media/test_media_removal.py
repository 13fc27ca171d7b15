"""A file is deleted only once it is certain that no pair has it."""

from io import BytesIO
from pathlib import Path

import pytest
from actors import person
from sqlmodel import Session, col, select

from qa_service.knowledge.media.files import file_of
from qa_service.knowledge.media.service import add_media, delete_unused, find_media, remove_media
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.knowledge.upkeep_models import Media
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import MediaKind

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(50))
EDITOR = person("编辑甲")


def add(session: Session, services: Services, *, at: int = 0) -> Media:
    """The picture added to the pair at this place of the bank."""
    pairs = session.exec(select(QAPair).order_by(col(QAPair.id))).all()
    return add_media(
        session,
        pairs[at],
        BytesIO(PICTURE),
        kind=MediaKind.INFOGRAPHIC,
        title="一图读懂",
        title_check=text_problems,
        folder=services.settings.effective_media_dir,
        limit=1_000,
        by=EDITOR,
        now=services.clock.now(),
    )


@pytest.fixture
def added(services: Services) -> Media:
    with session_scope(services.database) as session:
        return add(session, services)


@pytest.fixture
def file(services: Services, added: Media) -> Path:
    return file_of(services.settings.effective_media_dir, added.checksum)


def remove(services: Services, media: Media, *, dry_run: bool = False) -> str:
    with session_scope(services.database, dry_run=dry_run) as session:
        return remove_media(session, media.id or 0, by=EDITOR, now=services.clock.now())


def delete(services: Services, checksum: str) -> None:
    with session_scope(services.database) as session:
        delete_unused(session, checksum, services.settings.effective_media_dir)


def test_a_removal_that_is_rolled_back_keeps_the_file(
    services: Services, added: Media, file: Path
) -> None:
    remove(services, added, dry_run=True)
    with session_scope(services.database, read_only=True) as session:
        assert find_media(session, added.id or 0).checksum == added.checksum
    assert file.read_bytes() == PICTURE


def test_the_file_of_removed_media_is_deleted(services: Services, added: Media, file: Path) -> None:
    delete(services, remove(services, added))
    assert not file.exists()


def test_a_file_that_another_pair_got_since_stays(
    services: Services, added: Media, file: Path
) -> None:
    checksum = remove(services, added)
    with session_scope(services.database) as session:
        add(session, services, at=1)
    delete(services, checksum)
    assert file.read_bytes() == PICTURE
