"""Imported pairs are told as unsigned until the district has read and signed them."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from actors import person
from reviewing import SIGNERS, TABLE, publish_pair, statements_for
from sqlalchemy import update
from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.clock import BEIJING
from qa_service.knowledge.gates import MEDIA_GATES, GatesUnansweredError, statements_of
from qa_service.knowledge.media.drawings import SVG
from qa_service.knowledge.media.files import keep_file
from qa_service.knowledge.media.service import InvalidMediaTitleError, approve_media
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.service import edit_pair
from qa_service.knowledge.pairs.variants.deciding import accept_suggestion
from qa_service.knowledge.pairs.variants.suggested import suggest_variant
from qa_service.knowledge.review.adoption import (
    BatchResult,
    BatchSignature,
    NotReadError,
    note_reading,
    sign_batch,
)
from qa_service.knowledge.review.check_words import set_check_words
from qa_service.knowledge.review.signing import NotInReviewError, NotYourSignatureError
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.knowledge.review.unsigned import (
    NotAdoptableError,
    find_unsigned,
    unit_progress,
    unsigned_pairs,
)
from qa_service.knowledge.upkeep_models import Media
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AdoptedFrom, MediaKind, PairStatus, Role, Stage

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
STAGES = tuple(Stage)


@pytest.fixture
def session(services: Services) -> Iterator[Session]:
    with session_scope(services.database) as opened:
        yield opened


@pytest.fixture
def pairs(session: Session) -> list[QAPair]:
    """Two pairs of the starter bank, of one unit."""
    statement = select(QAPair).where(QAPair.status == PairStatus.PUBLISHED).order_by(QAPair.id)  # type: ignore[arg-type]
    found = session.exec(statement).all()
    mates = [one for one in found if one.unit_id == found[0].unit_id][:2]
    assert len(mates) == 2
    return mates


def read(session: Session, pair: QAPair, by: Actor) -> None:
    seen = find_unsigned(session, stored_id(pair), by=by, table=TABLE).state.seen_hash
    note_reading(session, stored_id(pair), seen, by=by, table=TABLE, now=NOW)


def give(session: Session, pairs: list[QAPair], stage: Stage, by: Actor) -> BatchResult:
    signature = BatchSignature(stage, True, True, statements_for(stage))
    ids = [stored_id(pair) for pair in pairs]
    return sign_batch(session, ids, signature, by=by, table=TABLE, now=NOW)


def adopt(session: Session, pairs: list[QAPair]) -> list[int]:
    """The number of pairs that each stage completed."""
    completed = []
    for stage in STAGES:
        for pair in pairs:
            read(session, pair, SIGNERS[stage])
        completed.append(give(session, pairs, stage, SIGNERS[stage]).completed)
    return completed


class TestMark:
    def test_every_pair_of_the_starter_bank_bears_it(self, session: Session) -> None:
        found = session.exec(select(QAPair).where(QAPair.status == PairStatus.PUBLISHED)).all()
        assert {pair.adopted_from for pair in found} == {AdoptedFrom.STARTER_BANK}
        version = session.exec(select(QAVersion)).first()
        assert version is not None
        assert version.adopted_from is AdoptedFrom.STARTER_BANK

    def test_goes_with_the_last_signature_and_not_before(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        before = unit_progress(session)
        assert all(row.signed == 0 for row in before)
        assert adopt(session, pairs) == [0, 0, 0, 2]
        assert [pair.adopted_from for pair in pairs] == [None, None]
        (row,) = [row for row in unit_progress(session) if row.unit_id == pairs[0].unit_id]
        assert (row.signed, row.total) == (
            2,
            {one.unit_id: one for one in before}[row.unit_id].total,
        )

    def test_goes_when_a_new_version_passes_the_review(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        content = queries.pair_content(session, pairs[0])
        changed = content.with_values({"answer": content.answer + "以窗口答复为准。"})
        edit_pair(session, pairs[0], changed, by=person("甲"), now=NOW)
        publish_pair(session, pairs[0], now=NOW)
        assert pairs[0].adopted_from is None


class TestBatch:
    def test_holds_only_what_the_signer_has_read(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        with pytest.raises(NotReadError, match="社保卡怎么挂失"):
            give(session, pairs, Stage.FIRST, by)
        assert find_unsigned(session, stored_id(pairs[0]), by=by, table=TABLE).state.signed == ()
        assert give(session, pairs[:1], Stage.FIRST, by) == BatchResult(1, 0)

    def test_reading_by_another_person_does_not_count(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        read(session, pairs[0], person("旁人", Authority.of({Role.REVIEWER})))
        with pytest.raises(NotReadError):
            give(session, pairs[:1], Stage.FIRST, SIGNERS[Stage.FIRST])

    def test_what_changed_since_it_was_read_is_read_again(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        by, pair = SIGNERS[Stage.FIRST], pairs[0]
        read(session, pair, by)
        suggest_variant(session, stored_id(pair), "屋头老人的卡搞丢了哪去弄", now=NOW)
        accept_suggestion(session, 1, text_check=text_problems, by=person("编辑甲"), now=NOW)
        with pytest.raises(NotReadError):
            give(session, [pair], Stage.FIRST, by)
        with pytest.raises(NotAdoptableError, match="已修改"):
            note_reading(session, stored_id(pair), "0" * 64, by=by, table=TABLE, now=NOW)

    def test_is_signed_in_order_by_different_people_with_their_roles(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        with pytest.raises(NotInReviewError):
            give(session, pairs[:1], Stage.SECOND, by)
        with pytest.raises(NotYourSignatureError):
            give(session, pairs[:1], Stage.CONFIDENTIALITY, by)
        give(session, pairs[:1], Stage.FIRST, by)
        with pytest.raises(NotYourSignatureError, match="不同的人"):
            give(session, pairs[:1], Stage.SECOND, by)

    def test_asks_the_gates_of_the_stage(self, session: Session, pairs: list[QAPair]) -> None:
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        with pytest.raises(GatesUnansweredError):
            sign_batch(
                session,
                [stored_id(pairs[0])],
                BatchSignature(Stage.FIRST, True, True, ()),
                by=by,
                table=TABLE,
                now=NOW,
            )

    def test_is_not_signed_by_the_person_who_imported(
        self, session: Session, pairs: list[QAPair]
    ) -> None:
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        values = {"author": by.name, "author_person_id": by.person_id}
        session.execute(update(QAVersion).values(values))
        with pytest.raises(NotYourSignatureError, match="自己起草"):
            give(session, pairs[:1], Stage.FIRST, by)

    def test_is_refused_with_a_mark_of_secrecy(self, session: Session, pairs: list[QAPair]) -> None:
        session.execute(update(QAVersion).values(answer="详见内部资料。"))
        session.expire_all()
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        with pytest.raises(NotReadError, match="涉密标志"):
            give(session, pairs[:1], Stage.FIRST, by)

    @pytest.mark.parametrize(
        ("word", "fault"),
        [
            ("机密★", "涉密标志"),
            ("暗语", "禁用词表"),
            ("13600001234", "手机号"),
            ("【本地：元】", "本地内容"),
        ],
    )
    def test_is_refused_for_what_is_written_in_its_drawing(
        self, session: Session, pairs: list[QAPair], tmp_path: Path, word: str, fault: str
    ) -> None:
        set_check_words(
            session, blocked="暗语", warned="", leaders="", note="试", by=person("审核甲"), now=NOW
        )
        shown = f"<title>流程</title><text>一</text><text>见{word}</text>"
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shown}</svg>'.encode()
        )
        session.add(
            Media(
                pair_id=stored_id(pairs[0]),
                kind=MediaKind.INFOGRAPHIC,
                title="流程",
                checksum=keep_file(BytesIO(drawing), tmp_path, limit=len(drawing)),
                content_type=SVG,
                size=len(drawing),
                uploaded_by="起步库",
                uploaded_at=NOW,
            )
        )
        by = SIGNERS[Stage.FIRST]
        read(session, pairs[0], by)
        with pytest.raises(NotReadError, match=f"图解、视频“流程”：.*{fault}"):
            sign_batch(
                session,
                [stored_id(pairs[0])],
                BatchSignature(Stage.FIRST, True, True, statements_for(Stage.FIRST)),
                by=by,
                table=TABLE,
                now=NOW,
                media_dir=tmp_path,
            )
        with pytest.raises(InvalidMediaTitleError, match=f"图解中的文字：.*{fault}"):
            approve_media(
                session,
                1,
                by=by,
                now=NOW,
                statements=statements_of(MEDIA_GATES),
                title_check=text_problems,
                folder=tmp_path,
            )

    def test_lists_what_is_left(self, session: Session, pairs: list[QAPair]) -> None:
        adopt(session, pairs)
        unit = pairs[0].unit_id
        left = unsigned_pairs(session, unit, by=SIGNERS[Stage.FIRST], table=TABLE)
        assert not {row.pair_id for row in left} & {stored_id(pair) for pair in pairs}
        with pytest.raises(NotAdoptableError):
            find_unsigned(session, stored_id(pairs[0]), by=SIGNERS[Stage.FIRST], table=TABLE)
