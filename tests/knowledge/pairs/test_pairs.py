from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from actors import person
from reviewing import publish_pair, sign_next
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.models import AuditEvent, Unit
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair, QAVersion, QuestionVariant
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import list_versions, pair_content, view_pairs
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    EditConflictError,
    NoRevisionError,
    OwnerOnlyError,
    PairNotFoundError,
    content_in_work,
    discard_draft,
    draft_pair,
    edit_pair,
    find_pair,
    roll_back,
    withdraw_pair,
)
from qa_service.knowledge.review.service import submit
from qa_service.knowledge.revision import bank_stamp
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea, Stage, VariantOrigin

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="pensions",
    question="养老金怎么领？",
    variants=("咋领养老金", "养老金哪儿领"),
    answer="到社保局领。",
    phone_script="到社保局领。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("养老办法", "第一条"),),
)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def published(session: Session, content: PairContent = CONTENT) -> QAPair:
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair


class TestDraft:
    def test_says_what_its_author_wrote(self, session: Session) -> None:
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        assert pair_content(session, pair) == CONTENT
        assert published_ids(session) == []

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"unit": "nobody"}, "unit"), ({"basis": (Basis("没有的"),)}, "basis")],
    )
    def test_of_something_unknown_is_refused_and_leaves_nothing(
        self, session: Session, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidPairError) as caught:
            draft_pair(session, replace(CONTENT, **changes), by=person("甲"), now=NOW)
        assert [problem.field for problem in caught.value.problems] == [field]
        assert session.exec(select(QAPair)).all() == []

    def test_for_another_unit_is_refused_before_anything_is_written(self, session: Session) -> None:
        with pytest.raises(OwnerOnlyError):
            draft_pair(session, CONTENT, by=person("甲"), now=NOW, within=frozenset({999}))
        assert session.exec(select(QAPair)).all() == []
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        changed = replace(CONTENT, answer="改。")
        with pytest.raises(OwnerOnlyError):
            edit_pair(session, pair, changed, by=person("甲"), now=NOW, within=frozenset({999}))
        assert len(list_versions(session, pair)) == 1

    def test_is_not_given_to_another_unit_by_its_own(self, session: Session) -> None:
        units = dict(session.exec(select(Unit.key, Unit.id)).all())
        own = frozenset({units["pensions"] or 0})
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        given = replace(CONTENT, unit="tax")
        with pytest.raises(OwnerOnlyError, match="不能改由别的单位承办"):
            edit_pair(session, pair, given, by=person("甲"), now=NOW, within=own)
        edit_pair(session, pair, given, by=person("编辑"), now=NOW)
        edit_pair(session, pair, CONTENT, by=person("编辑"), now=NOW)
        with pytest.raises(OwnerOnlyError, match="不能改由别的单位承办"):
            roll_back(session, pair, 2, by=person("甲"), now=NOW, within=own)
        assert pair.unit_id in own

    def test_of_a_question_that_is_asked_already_is_refused(self, session: Session) -> None:
        draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        with pytest.raises(DuplicateQuestionError):
            draft_pair(session, replace(CONTENT, question="養老金怎么领"), by=person("乙"), now=NOW)


class TestPublish:
    def test_makes_the_pair_searchable_and_raises_the_revision(self, session: Session) -> None:
        pair = published(session)
        assert published_ids(session) == [pair.id]
        assert pair.revision == bank_stamp(session)[1] == 1

    def test_of_a_withdrawn_pair_whose_question_another_took_is_refused(
        self, session: Session
    ) -> None:
        old = published(session)
        withdraw_pair(session, old, "过时", now=NOW)
        submit(session, old, by=person("editor"), now=NOW, despite_advice=True)
        published(session)
        *first, last = Stage
        for stage in first:
            sign_next(session, old, stage, now=NOW)
        with pytest.raises(DuplicateQuestionError):
            sign_next(session, old, last, now=NOW)


class TestEdit:
    CHANGED = replace(CONTENT, answer="到银行领。")

    def test_of_a_published_pair_is_not_told_before_it_is_reviewed(self, session: Session) -> None:
        pair = published(session)
        assert edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW)
        assert pair_content(session, pair) == CONTENT
        assert content_in_work(session, pair) == self.CHANGED
        assert bank_stamp(session)[1] == 1

    def test_once_reviewed_is_told_and_the_version_before_is_kept(self, session: Session) -> None:
        pair = published(session)
        edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW)
        publish_pair(session, pair, now=NOW)
        assert pair_content(session, pair) == self.CHANGED
        versions = session.exec(select(QAVersion).order_by(col(QAVersion.number))).all()
        assert [(version.number, version.answer, version.author) for version in versions] == [
            (1, "到社保局领。", "甲"),
            (2, "到银行领。", "乙"),
        ]
        assert pair.revision == 2

    def test_can_be_given_up(self, session: Session) -> None:
        pair = published(session)
        edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW)
        submit(session, pair, by=person("乙"), now=NOW, despite_advice=True)
        discard_draft(session, pair, by=person("丙"), now=NOW, seen=2)
        assert content_in_work(session, pair) == CONTENT
        assert pair.submitted_at is None
        assert len(list_versions(session, pair)) == 2
        last = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
        assert last is not None
        assert (last.actor, last.details) == ("丙", {"change": "放弃第 2 版修改稿"})

    def test_is_not_given_up_by_who_saw_an_earlier_one(self, session: Session) -> None:
        pair = published(session)
        edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW)
        newer = replace(CONTENT, answer="到邮局领。")
        edit_pair(session, pair, newer, by=person("丙"), now=NOW)
        with pytest.raises(EditConflictError, match="丙 已保存第 3 版"):
            discard_draft(session, pair, by=person("乙"), now=NOW, seen=2)
        with pytest.raises(EditConflictError, match="丙 已保存第 3 版"):
            roll_back(session, pair, 1, by=person("乙"), now=NOW, seen=2)
        assert content_in_work(session, pair) == newer

    def test_is_not_given_up_where_there_is_none(self, session: Session) -> None:
        pair = published(session)
        withdraw_pair(session, pair, "过时", now=NOW)
        submit(session, pair, by=person("乙"), now=NOW, despite_advice=True)
        with pytest.raises(NoRevisionError):
            discard_draft(session, pair, by=person("乙"), now=NOW, seen=1)
        assert pair.submitted_at is not None

    def test_of_nothing_changes_nothing(self, session: Session) -> None:
        pair = published(session)
        assert not edit_pair(session, pair, CONTENT, by=person("乙"), now=NOW)
        assert bank_stamp(session)[1] == 1

    def test_of_what_somebody_changed_meanwhile_is_refused(self, session: Session) -> None:
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW, seen=1)
        other = replace(CONTENT, answer="到邮局领。")
        with pytest.raises(EditConflictError, match="乙 已保存第 2 版"):
            edit_pair(session, pair, other, by=person("甲"), now=NOW, seen=1)
        assert pair_content(session, pair) == self.CHANGED

    def test_keeps_where_a_variant_came_from(self, session: Session) -> None:
        pair = published(session)
        stored = session.exec(select(QuestionVariant)).all()
        stored[1].origin = VariantOrigin.OPERATOR_CHOICE
        session.flush()
        changed = replace(CONTENT, variants=("养老金哪儿领", "新的问法"))
        edit_pair(session, pair, changed, by=person("乙"), now=NOW)
        publish_pair(session, pair, now=NOW)
        rows = session.exec(select(QuestionVariant).order_by(col(QuestionVariant.position))).all()
        assert [(row.text, row.origin, row.accepted_by) for row in rows] == [
            ("养老金哪儿领", VariantOrigin.OPERATOR_CHOICE, "甲"),
            ("新的问法", VariantOrigin.AUTHOR, "乙"),
        ]

    def test_is_undone_by_a_new_version_of_what_was_before(self, session: Session) -> None:
        pair = published(session)
        edit_pair(session, pair, self.CHANGED, by=person("乙"), now=NOW)
        publish_pair(session, pair, now=NOW)
        assert roll_back(session, pair, 1, by=person("丙"), now=NOW)
        assert pair_content(session, pair) == self.CHANGED
        publish_pair(session, pair, now=NOW)
        assert pair_content(session, pair) == CONTENT
        assert [version.number for version in list_versions(session, pair)] == [3, 2, 1]


class TestWithdraw:
    def test_takes_the_pair_out_of_the_search_and_keeps_the_reason(self, session: Session) -> None:
        pair = published(session)
        withdraw_pair(session, pair, "口径有误", now=NOW)
        (view,) = view_pairs(session, [pair.id or 0], day=NOW.date())
        assert (view.status, view.withdrawn_reason) == (PairStatus.WITHDRAWN, "口径有误")
        assert not view.showable
        assert bank_stamp(session)[1] == 2


class TestFind:
    def test_of_an_unknown_id_is_refused(self, session: Session) -> None:
        with pytest.raises(PairNotFoundError):
            find_pair(session, 404)
