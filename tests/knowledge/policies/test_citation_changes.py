"""What signed answers cite of a document is never changed by one person alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from actors import person
from ended_policy import end_policy
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import IMPORTER, Actor
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import AuditEvent
from qa_service.knowledge.exchange.import_report import ImportReport
from qa_service.knowledge.exchange.policy_importer import check_policies, import_policies
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.policies.citation_changes import PolicyCitedError
from qa_service.knowledge.policies.permissions import PolicyOwnerOnlyError
from qa_service.knowledge.policies.service import change_policy, find_policy, policy_content
from qa_service.knowledge.review.service import submit
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome, Role

KEY = "养老办法"
EDITOR = person("编辑甲", Authority.of({Role.EDITOR}))
REVIEWER = person("审核乙", Authority.of({Role.REVIEWER}))
BOTH = person("两职丙", Authority.of({Role.EDITOR, Role.REVIEWER}))


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def publish(session: Session) -> None:
    pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)


def change(session: Session, by: Actor, **values: object) -> None:
    document = find_policy(session, KEY)
    content = replace(policy_content(document), **values)
    change_policy(session, document, content, by=by, now=NOW)


def read(session: Session, tmp_path: Path, by: Actor, *, dry: bool, **values: str) -> ImportReport:
    row = {"key": KEY, "title": KEY, "document_number": "试〔2020〕1号", "issuer": "甲部"}
    path = tmp_path / "policies.jsonl"
    path.write_text(json.dumps(row | {"validity": "有效"} | values, ensure_ascii=False))
    if dry:
        return ImportReport(tuple(check_policies(session, read_rows(path), by=by)))
    return import_policies(session, read_rows(path), now=NOW, by=by, keep_good_rows=True)


class TestOfACitedDocument:
    @pytest.mark.parametrize(
        "values",
        [
            {"title": "每孩每年补贴三万元的通知"},
            {"document_number": "假发〔2026〕1号"},
            {"issuer": "丙部"},
            {"issued_on": date(2019, 1, 1)},
            {"effective_from": date(2019, 2, 1)},
        ],
        ids=lambda values: next(iter(values)),
    )
    def test_an_editor_changes_nothing_that_is_cited(
        self, session: Session, values: dict[str, object]
    ) -> None:
        publish(session)
        before = policy_content(find_policy(session, KEY))
        with pytest.raises(PolicyCitedError, match=r"1 条问答.*审核人"):
            change(session, EDITOR, **values)
        assert policy_content(find_policy(session, KEY)) == before
        change(session, REVIEWER, **values)
        assert policy_content(find_policy(session, KEY)) == replace(before, **values)

    def test_a_reviewer_who_changed_it_last_does_not_go_on_alone(self, session: Session) -> None:
        publish(session)
        change(session, BOTH, link="https://example.org/1")
        with pytest.raises(PolicyCitedError, match="最近一次修改人"):
            change(session, BOTH, title="别的办法")
        change(session, EDITOR, link="https://example.org/2")
        change(session, BOTH, title="别的办法")

    def test_a_reviewer_changes_nothing_else_of_it(self, session: Session) -> None:
        publish(session)
        with pytest.raises(PolicyOwnerOnlyError):
            change(session, REVIEWER, title="别的办法", link="https://example.org")

    def test_the_trail_says_what_it_was_and_how_many_cite_it(self, session: Session) -> None:
        publish(session)
        change(session, REVIEWER, title="养老新办法")
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()  # type: ignore[attr-defined]
        assert event is not None
        assert (event.actor, event.subject) == ("审核乙", f"政策 {KEY}")
        assert (event.details["answers"], event.details["title"]) == (1, "养老办法 → 养老新办法")

    def test_answers_in_review_and_those_that_may_come_back_count(self, session: Session) -> None:
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        change(session, EDITOR, issuer="甲厅")  # a draft that nobody has signed
        submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)
        with pytest.raises(PolicyCitedError):
            change(session, EDITOR, issuer="丙部")

    def test_after_its_end_it_still_cannot_come_back_under_another_name(
        self, session: Session
    ) -> None:
        publish(session)
        end_policy(session, KEY, now=NOW)
        with pytest.raises(PolicyCitedError):
            change(session, EDITOR, title="别的办法")

    def test_a_document_that_no_answer_cites_is_its_keepers_alone(self, session: Session) -> None:
        change(session, EDITOR, title="别的办法")
        with pytest.raises(PolicyOwnerOnlyError):
            change(session, REVIEWER, title="养老办法")


class TestByAFile:
    @pytest.mark.parametrize("by", [EDITOR, IMPORTER], ids=["editor", "command"])
    def test_the_row_is_refused_in_the_trial_and_in_earnest(
        self, session: Session, tmp_path: Path, by: Actor
    ) -> None:
        publish(session)
        for dry in (True, False):
            (row,) = read(session, tmp_path, by, dry=dry, title="假办法", validity="废止").rows
            assert row.outcome is ImportOutcome.REFUSED
            assert "1 条问答" in row.reason
        document = find_policy(session, KEY)
        assert (document.title, document.validity.value) == (KEY, "有效")

    def test_who_filed_a_document_by_a_file_has_filed_it(
        self, session: Session, tmp_path: Path
    ) -> None:
        report = read(session, tmp_path, BOTH, dry=False, issuer="甲厅")
        assert report.rows[0].outcome is ImportOutcome.CHANGED
        publish(session)
        with pytest.raises(PolicyCitedError, match="最近一次修改人"):
            change(session, BOTH, title="别的办法")
