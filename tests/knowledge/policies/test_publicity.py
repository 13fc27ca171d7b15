"""Whether a document is public, and what the public reads of it, takes two people to change."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from actors import person
from ended_policy import propose
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.actor import IMPORTER, Actor
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import AuditEvent
from qa_service.consultation.desk.library import list_documents, open_document
from qa_service.knowledge.exchange.policy_importer import check_policies, import_policies
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.models import PairChange, QAPair
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.policies.citation_changes import open_correction
from qa_service.knowledge.policies.corrections import (
    CorrectionOutdatedError,
    NoCorrectionError,
    confirm_correction,
    refuse_correction,
    take_back_correction,
)
from qa_service.knowledge.policies.endings.taking_back import refuse_ending
from qa_service.knowledge.policies.permissions import NotYourDecisionError
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.record.full_text import store_text, text_of
from qa_service.knowledge.policies.service import (
    PolicyNotFoundError,
    add_policy,
    change_policy,
    find_policy,
    policy_content,
)
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyNotice
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import (
    ImportOutcome,
    PairStatus,
    PolicyNoticeKind,
    PublicKind,
    Role,
    Validity,
)

KEY = "养老办法"
EDITOR = person("编辑甲", Authority.of({Role.EDITOR}))
SECOND = person("审核丁", Authority.of({Role.REVIEWER}))
CLOSED = {"public_kind": PublicKind.NOT_PUBLIC, "public_reason": "内部", "is_public": False}


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def publish(session: Session) -> QAPair:
    pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair


def change(session: Session, by: Actor = EDITOR, **values: object) -> PolicyCorrection | None:
    document = find_policy(session, KEY)
    content = replace(policy_content(document), **values)
    return change_policy(session, document, content, by=by, now=NOW)


def confirm(session: Session, by: Actor = SECOND) -> None:
    confirm_correction(session, find_policy(session, KEY), by=by, now=NOW)


def shown(session: Session) -> bool:
    found = list_documents(session, KEY, day=NOW.date()).items
    return KEY in [one.title for one in found]


def fed(session: Session, pair: QAPair) -> list[PairStatus]:
    changes = select(PairChange).where(PairChange.pair_id == pair.id)
    return [one.kind for one in session.exec(changes.order_by(col(PairChange.id))).all()]


def told(session: Session) -> list[PolicyNoticeKind]:
    return list(session.exec(select(PolicyNotice.kind).order_by(col(PolicyNotice.id))).all())


class TestClosing:
    @pytest.mark.parametrize("values", [CLOSED, {"is_public": False}], ids=["kind", "mark"])
    def test_suspends_the_answers_in_the_feed_and_holds_only_by_a_second_person(
        self, session: Session, values: dict[str, object]
    ) -> None:
        pair = publish(session)
        proposed = change(session, **values)
        assert proposed is not None
        assert proposed.closes
        assert find_policy(session, KEY).is_public
        assert (pair.status, pair.withdrawn_reason) == (
            PairStatus.SUSPENDED,
            f"依据《{KEY}》拟不再公开，待确认",
        )
        assert fed(session, pair)[-1] is PairStatus.WITHDRAWN
        assert set(told(session)) == {PolicyNoticeKind.CLOSING}
        assert not shown(session)
        with pytest.raises(NotYourDecisionError):
            confirm(session, EDITOR)
        confirm(session)
        assert not find_policy(session, KEY).is_public
        assert (pair.status, pair.withdrawn_reason) == (
            PairStatus.WITHDRAWN,
            f"依据《{KEY}》不再公开",
        )
        assert [one.pair_id for one in session.exec(select(ReworkTask)).all()] == [pair.id]
        assert told(session)[-1] is PolicyNoticeKind.CLOSED

    def test_that_is_refused_or_taken_back_puts_the_answers_back(self, session: Session) -> None:
        pair, document = publish(session), find_policy(session, KEY)
        change(session, **CLOSED)
        refuse_correction(session, document, "仍公开", by=SECOND, now=NOW)
        assert (pair.status, shown(session)) == (PairStatus.PUBLISHED, True)
        assert fed(session, pair)[-1] is PairStatus.PUBLISHED
        change(session, **CLOSED)
        take_back_correction(session, document, "填错", by=EDITOR, now=NOW)
        assert pair.status is PairStatus.PUBLISHED
        assert told(session)[-1] is PolicyNoticeKind.KEPT_PUBLIC

    def test_that_is_refused_puts_back_no_text_but_the_one_that_was_suspended(
        self, session: Session
    ) -> None:
        pair, document = publish(session), find_policy(session, KEY)
        proposed = change(session, **CLOSED)
        assert proposed is not None
        proposed.suspended = tuple(
            replace(one, content_hash="0" * 64) for one in proposed.suspended
        )
        refuse_correction(session, document, "仍公开", by=SECOND, now=NOW)
        assert pair.status is not PairStatus.PUBLISHED

    def test_leaves_answers_with_a_stated_ground(self, session: Session) -> None:
        pair = publish(session)
        pair.ground_reason = "依据不对外公布"
        session.add(pair)
        change(session, **CLOSED)
        confirm(session)
        assert pair.status is PairStatus.PUBLISHED

    def test_and_an_end_both_hold_an_answer_until_both_are_decided(self, session: Session) -> None:
        pair, document = publish(session), find_policy(session, KEY)
        change(session, **CLOSED)
        propose(session, KEY, now=NOW)
        refuse_ending(session, document, "仍有效", by=SECOND, now=NOW)
        assert pair.status is PairStatus.SUSPENDED
        refuse_correction(session, document, "仍公开", by=SECOND, now=NOW)
        assert pair.status is PairStatus.PUBLISHED

    def test_is_in_the_trail_with_what_it_was(self, session: Session) -> None:
        publish(session)
        change(session, **CLOSED)
        statement = select(AuditEvent).where(AuditEvent.subject == f"政策 {KEY}")
        event = session.exec(statement.order_by(col(AuditEvent.id).desc())).first()
        assert event is not None
        assert event.details["change"] == "提出更正"
        assert event.details["is_public"] == "是 → 否"
        assert event.details["public_kind"] == "主动公开 → 不公开"

    def test_by_the_service_itself_is_proposed_where_answers_rest(self, session: Session) -> None:
        assert change(session, IMPORTER, **CLOSED) is None
        assert change(session, IMPORTER, public_kind=PublicKind.ACTIVE, is_public=True) is None
        pair = publish(session)
        assert change(session, IMPORTER, **CLOSED) is not None
        assert pair.status is PairStatus.SUSPENDED


class TestOpening:
    def test_takes_a_second_person_and_empties_the_reason(self, session: Session) -> None:
        change(session, IMPORTER, **CLOSED)
        document = find_policy(session, KEY)
        proposed = change(session, public_kind=PublicKind.ACTIVE, is_public=True)
        assert proposed is not None
        assert (document.is_public, shown(session)) == (False, False)
        with pytest.raises(PolicyNotFoundError):
            open_document(session, document.id or 0)
        with pytest.raises(NotYourDecisionError):
            confirm(session, EDITOR)
        confirm(session)
        assert (document.public_kind, document.is_public) == (PublicKind.ACTIVE, True)
        assert (document.public_reason, shown(session)) == (None, True)


class TestWhatTheDeskShows:
    LINK = "https://example.org/phish"
    TEXT = "第一条 每人发一万元，加微信领取。"

    def edit(self, session: Session, text: str | None = None, **values: object) -> None:
        document = find_policy(session, KEY)
        content = replace(policy_content(document), **values)
        change_policy(session, document, content, text=text, by=EDITOR, now=NOW)

    def trail(self, session: Session) -> dict[str, object]:
        statement = select(AuditEvent).where(AuditEvent.subject == f"政策 {KEY}")
        event = session.exec(statement.order_by(col(AuditEvent.id).desc())).first()
        assert event is not None
        return dict(event.details)

    @pytest.mark.parametrize(
        "values",
        [
            {"title": "每人发一万元"},
            {"link": LINK},
            {"interpretation_title": "领取", "interpretation_link": LINK},
            {"replaced_by": "加微信领取"},
        ],
        ids=lambda values: next(iter(values)),
    )
    def test_is_changed_only_by_two_people(
        self, session: Session, values: dict[str, object]
    ) -> None:
        before = policy_content(find_policy(session, KEY))
        self.edit(session, **values)
        assert policy_content(find_policy(session, KEY)) == before
        confirm(session)
        assert policy_content(find_policy(session, KEY)) == replace(before, **values)

    def test_the_full_text_is_changed_only_by_two_people_and_kept(self, session: Session) -> None:
        document = find_policy(session, KEY)
        store_text(session, document, "第一条 原文。")
        self.edit(session, self.TEXT)
        assert text_of(session, document) == "第一条 原文。"
        assert self.trail(session)["text"] == "7 字 → 17 字"
        proposed = open_correction(session, document)
        assert proposed is not None
        assert (proposed.changes[0].before, proposed.changes[0].after) == (
            "第一条 原文。",
            self.TEXT,
        )
        confirm(session)
        assert text_of(session, document) == self.TEXT

    def test_a_full_text_that_changed_since_is_not_replaced(self, session: Session) -> None:
        document = find_policy(session, KEY)
        self.edit(session, self.TEXT)
        store_text(session, document, "第一条 别的。")
        with pytest.raises(CorrectionOutdatedError):
            confirm(session)

    def test_the_same_full_text_is_no_change(self, session: Session) -> None:
        store_text(session, find_policy(session, KEY), self.TEXT)
        self.edit(session, f"{self.TEXT}\n")
        assert open_correction(session, find_policy(session, KEY)) is None

    def test_of_a_document_nobody_is_shown_is_changed_alone_and_named_in_the_trail(
        self, session: Session
    ) -> None:
        change(session, IMPORTER, **CLOSED)
        self.edit(session, self.TEXT, link=self.LINK)
        document = find_policy(session, KEY)
        assert (document.link, text_of(session, document)) == (self.LINK, self.TEXT)
        assert self.trail(session)["fields"] == "原文链接、全文"

    def test_a_file_of_the_command_line_changes_in_one_step(self, session: Session) -> None:
        assert change(session, IMPORTER, link=self.LINK) is None
        assert find_policy(session, KEY).link == self.LINK


class TestANewDocument:
    NEW = PolicyContent("甲规", "甲区养犬规定", "甲府规〔2025〕12号", "甲区政府", Validity.IN_FORCE)

    def test_of_a_person_is_shown_and_a_basis_only_by_a_second_person(
        self, session: Session
    ) -> None:
        document = add_policy(session, self.NEW, by=EDITOR, now=NOW)
        assert not document.is_public
        with pytest.raises(PolicyNotFoundError):
            open_document(session, document.id or 0)
        with pytest.raises(NotYourDecisionError):
            confirm_correction(session, document, by=EDITOR, now=NOW)
        confirm_correction(session, document, by=SECOND, now=NOW)
        assert open_document(session, document.id or 0).document is document

    def test_that_was_changed_since_it_was_read_is_not_confirmed(self, session: Session) -> None:
        document = add_policy(session, self.NEW, by=EDITOR, now=NOW)
        read = open_correction(session, document)
        assert read is not None
        content = replace(policy_content(document), title="每人发一万元", is_public=True)
        change_policy(session, document, content, by=EDITOR, now=NOW)
        with pytest.raises(NoCorrectionError):
            confirm_correction(session, document, by=SECOND, now=NOW, seen=read.id)
        confirm_correction(session, document, by=SECOND, now=NOW)
        assert (document.title, document.is_public) == ("每人发一万元", True)

    def test_of_the_command_line_is_confirmed(self, session: Session) -> None:
        assert add_policy(session, self.NEW, by=IMPORTER, now=NOW).is_public


class TestByAFile:
    def read(self, session: Session, tmp_path: Path, *, dry: bool = False) -> ImportOutcome:
        document = find_policy(session, KEY)
        row = {"key": KEY, "title": KEY, "document_number": document.document_number}
        row |= {"issuer": document.issuer, "validity": "有效", "public_kind": "不公开"}
        path = tmp_path / "policies.jsonl"
        path.write_text(json.dumps(row | {"public_reason": "内部", "is_public": "否"}))
        if dry:
            return check_policies(session, read_rows(path), by=EDITOR, now=NOW)[0].outcome
        report = import_policies(session, read_rows(path), now=NOW, by=EDITOR, keep_good_rows=True)
        return report.rows[0].outcome

    def test_is_proposed_once(self, session: Session, tmp_path: Path) -> None:
        pair = publish(session)
        assert self.read(session, tmp_path, dry=True) is ImportOutcome.CHANGED
        assert self.read(session, tmp_path) is ImportOutcome.CHANGED
        document = find_policy(session, KEY)
        assert (document.is_public, pair.status) == (True, PairStatus.SUSPENDED)
        assert open_correction(session, document) is not None
        assert self.read(session, tmp_path, dry=True) is ImportOutcome.UNCHANGED
        assert self.read(session, tmp_path) is ImportOutcome.UNCHANGED

    def test_is_refused_while_something_else_waits(self, session: Session, tmp_path: Path) -> None:
        publish(session)
        change(session, title="别的办法")
        assert self.read(session, tmp_path, dry=True) is ImportOutcome.REFUSED
        assert self.read(session, tmp_path) is ImportOutcome.REFUSED
