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
from qa_service.knowledge.policies.citation_changes import CorrectionPendingError, PolicyCitedError
from qa_service.knowledge.policies.corrections import (
    CorrectionOutdatedError,
    NoCorrectionError,
    confirm_correction,
    refuse_correction,
    take_back_correction,
)
from qa_service.knowledge.policies.endings.ending_record import InvalidEndingError
from qa_service.knowledge.policies.permissions import NotYourDecisionError, PolicyOwnerOnlyError
from qa_service.knowledge.policies.service import change_policy, find_policy, policy_content
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.knowledge.review.service import submit
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome, ProposalState, Role, Validity

KEY = "养老办法"
EDITOR = person("编辑甲", Authority.of({Role.EDITOR}))
REVIEWER = person("审核乙", Authority.of({Role.REVIEWER}))
SECOND = person("审核丁", Authority.of({Role.REVIEWER}))
BOTH = person("两职丙", Authority.of({Role.EDITOR, Role.REVIEWER}))


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def publish(session: Session) -> None:
    pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)


def set_public(session: Session, is_public: bool) -> None:
    document = find_policy(session, KEY)
    document.is_public = is_public
    session.add(document)


def change(session: Session, by: Actor, **values: object) -> PolicyCorrection | None:
    document = find_policy(session, KEY)
    content = replace(policy_content(document), **values)
    return change_policy(session, document, content, by=by, now=NOW)


def confirm(session: Session, by: Actor) -> None:
    confirm_correction(session, find_policy(session, KEY), by=by, now=NOW)


def read(session: Session, tmp_path: Path, by: Actor, *, dry: bool, **values: str) -> ImportReport:
    row = {"key": KEY, "title": KEY, "document_number": "试〔2020〕1号", "issuer": "甲部"}
    path = tmp_path / "policies.jsonl"
    path.write_text(json.dumps(row | {"validity": "有效"} | values, ensure_ascii=False))
    if dry:
        return ImportReport(tuple(check_policies(session, read_rows(path), by=by, now=NOW)))
    return import_policies(session, read_rows(path), now=NOW, by=by, keep_good_rows=True)


class TestOfACitedDocument:
    """One person proposes what is corrected of it; another person's yes corrects it."""

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
    @pytest.mark.parametrize("by", [EDITOR, REVIEWER, BOTH], ids=["editor", "reviewer", "both"])
    def test_nobody_changes_alone_what_is_cited(
        self, session: Session, values: dict[str, object], by: Actor
    ) -> None:
        publish(session)
        before = policy_content(find_policy(session, KEY))
        proposed = change(session, by, **values)
        assert proposed is not None
        assert policy_content(find_policy(session, KEY)) == before
        with pytest.raises(NotYourDecisionError):
            confirm(session, by)
        assert policy_content(find_policy(session, KEY)) == before
        confirm(session, SECOND)
        assert policy_content(find_policy(session, KEY)) == replace(before, **values)
        with pytest.raises(NoCorrectionError):
            confirm(session, SECOND)

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.UNIT, Role.OPERATOR, Role.CONFIDENTIALITY])
    def test_who_decides_on_no_document_confirms_none(self, session: Session, role: Role) -> None:
        publish(session)
        change(session, EDITOR, title="别的办法")
        with pytest.raises(NotYourDecisionError):
            confirm(session, person("丁", Authority.of({role})))

    def test_what_a_keeper_changes_besides_is_changed_at_once(self, session: Session) -> None:
        publish(session)
        amended = Validity.AMENDED
        assert change(session, EDITOR, title="别的办法", validity=amended) is not None
        document = find_policy(session, KEY)
        assert (document.title, document.validity) == (KEY, amended)

    def test_a_reviewer_changes_nothing_else_of_it(self, session: Session) -> None:
        publish(session)
        with pytest.raises(PolicyOwnerOnlyError):
            change(session, REVIEWER, title="别的办法", link="https://example.org")

    def test_is_corrected_once_at_a_time(self, session: Session) -> None:
        publish(session)
        change(session, EDITOR, title="别的办法")
        with pytest.raises(CorrectionPendingError):
            change(session, REVIEWER, issuer="丙部")

    def test_stays_as_it_is_if_the_second_person_refuses_or_the_first_takes_it_back(
        self, session: Session
    ) -> None:
        publish(session)
        change(session, EDITOR, title="别的办法")
        document = find_policy(session, KEY)
        with pytest.raises(InvalidEndingError):
            refuse_correction(session, document, " ", by=SECOND, now=NOW)
        refused = refuse_correction(session, document, "原文无误", by=SECOND, now=NOW)
        assert refused.state is ProposalState.REFUSED
        change(session, EDITOR, title="又一办法")
        with pytest.raises(NotYourDecisionError):
            take_back_correction(session, document, "填错", by=SECOND, now=NOW)
        taken = take_back_correction(session, document, "填错", by=EDITOR, now=NOW)
        assert (taken.state, document.title) == (ProposalState.TAKEN_BACK, KEY)
        events = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).all()  # type: ignore[attr-defined]
        assert [one.details["change"] for one in events if one.subject == f"政策 {KEY}"][:4] == [
            "更正已撤回",
            "提出更正",
            "更正未同意",
            "提出更正",
        ]

    def test_that_was_changed_since_is_not_corrected_over(self, session: Session) -> None:
        publish(session)
        change(session, EDITOR, title="别的办法")
        document = find_policy(session, KEY)
        document.title = "另一办法"
        session.add(document)
        session.flush()
        with pytest.raises(CorrectionOutdatedError):
            confirm(session, SECOND)

    def test_that_the_second_person_did_not_see_is_not_confirmed(self, session: Session) -> None:
        publish(session)
        seen = change(session, EDITOR, title="别的办法")
        document = find_policy(session, KEY)
        take_back_correction(session, document, "填错", by=EDITOR, now=NOW)
        change(session, EDITOR, title="又一办法")
        with pytest.raises(NoCorrectionError):
            confirm_correction(session, document, by=SECOND, now=NOW, seen=seen and seen.id)

    def test_the_trail_says_what_it_was_how_many_cite_it_and_who_proposed(
        self, session: Session
    ) -> None:
        publish(session)
        change(session, REVIEWER, title="养老新办法")
        confirm(session, SECOND)
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()  # type: ignore[attr-defined]
        assert event is not None
        assert (event.actor, event.subject) == ("审核丁", f"政策 {KEY}")
        assert (event.details["change"], event.details["proposed_by"]) == ("更正已确认", "审核乙")
        assert (event.details["answers"], event.details["title"]) == (1, "养老办法 → 养老新办法")

    def test_answers_in_review_and_those_that_may_come_back_count(self, session: Session) -> None:
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        set_public(session, False)
        assert change(session, EDITOR, issuer="甲厅") is None  # a draft that nobody has signed
        set_public(session, True)
        submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)
        assert change(session, EDITOR, issuer="丙部") is not None

    def test_after_its_end_it_still_cannot_come_back_under_another_name(
        self, session: Session
    ) -> None:
        publish(session)
        end_policy(session, KEY, now=NOW)
        assert change(session, EDITOR, title="别的办法") is not None
        assert find_policy(session, KEY).title == KEY

    def test_a_document_that_nobody_is_shown_is_its_keepers_alone(self, session: Session) -> None:
        set_public(session, False)
        assert change(session, EDITOR, title="别的办法") is None
        with pytest.raises(PolicyOwnerOnlyError):
            change(session, REVIEWER, title="养老办法")

    def test_the_service_itself_is_no_person(self, session: Session) -> None:
        publish(session)
        with pytest.raises(PolicyCitedError):
            change(session, IMPORTER, title="别的办法")
        change(session, EDITOR, title="别的办法")
        with pytest.raises(NotYourDecisionError):
            confirm(session, IMPORTER)


class TestByAFile:
    @pytest.mark.parametrize("by", [EDITOR, BOTH, IMPORTER], ids=["editor", "both", "command"])
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
