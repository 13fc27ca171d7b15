from datetime import timedelta
from io import BytesIO

from actors import person
from sqlmodel import Session, select

from qa_service.consultation.choosing import choose
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Choice
from qa_service.consultation.popularity import most_told_without_media
from qa_service.consultation.service import record, search_for
from qa_service.knowledge.media.service import add_media, approve_media
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, MediaKind, Statement

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def tell(session: Session, services: Services, question: str) -> int:
    now = services.clock.now()
    inquiry = Inquiry(
        question, Channel.HOTLINE, actor=person("坐席甲"), register=RegisterMode.NEVER
    )
    result = search_for(services.consultation, inquiry, now=now)
    held = record(session, services.consultation, inquiry, result, now=now).consultation
    pair_id: int = held.candidates[0].qa_id
    choose(session, held, pair_id, actor=person("坐席甲"), now=now)
    return pair_id


def test_a_pair_told_often_is_listed_until_it_has_an_approved_picture(services: Services) -> None:
    now = services.clock.now()
    with session_scope(services.database) as session:
        for _ in range(3):
            often = tell(session, services, "社保卡丢了怎么补办？")
        tell(session, services, "低保怎么申请？")
        assert [
            (one.pair.pair_id, one.times) for one in most_told_without_media(session, now=now)
        ] == [(often, 3)]
        media = add_media(
            session,
            find_pair(session, often),
            BytesIO(PICTURE),
            kind=MediaKind.INFOGRAPHIC,
            title="一图读懂",
            title_check=text_problems,
            folder=services.settings.effective_media_dir,
            limit=1_000,
            by=person("编辑甲"),
            now=now,
        )
        assert most_told_without_media(session, now=now)
        approve_media(
            session,
            media.id or 0,
            by=person("审核乙"),
            now=now,
            statements=list(Statement),
            title_check=text_problems,
        )
        assert most_told_without_media(session, now=now) == []


def test_what_was_told_long_ago_does_not_count(services: Services) -> None:
    with session_scope(services.database) as session:
        for _ in range(3):
            tell(session, services, "社保卡丢了怎么补办？")
        for choice in session.exec(select(Choice)).all():
            choice.created_at -= timedelta(days=91)
            session.add(choice)
        assert most_told_without_media(session, now=services.clock.now()) == []
