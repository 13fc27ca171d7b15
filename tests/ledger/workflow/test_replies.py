from dataclasses import replace
from datetime import timedelta

import pytest
from actors import person
from desk import (
    ANSWER,
    MORNING,
    OPERATOR,
    REVIEWER,
    SUPERVISOR,
    Desk,
    Register,
    step,
    store_rule,
)
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authority import Authority
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.gates import REPLY_GATES, GatesUnansweredError, statements_of
from qa_service.knowledge.indexing.training_set import training_set
from qa_service.knowledge.models import QuestionVariant, stored_id
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import closing, replies
from qa_service.ledger.workflow.calling import InvalidCallbackError
from qa_service.ledger.workflow.closing import (
    NotCompleteError,
    NothingToDeclineError,
    close_completed,
)
from qa_service.ledger.workflow.replies import InvalidReplyError, NoReplyError, OwnReplyError
from qa_service.settings import Settings
from qa_service.storage.encryption import load_cipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import (
    CallOutcome,
    EntryState,
    PairStatus,
    Role,
    Statement,
    VariantOrigin,
)


@pytest.fixture
def asker(ledger: Engine, settings: Settings) -> int | None:
    with session_scope(ledger) as session:
        details = AskerDetails(phone="13800000000")
        return keep_asker(session, details, cipher=load_cipher(settings.data_dir))


def refused(session: Session, entry: LedgerEntry, **changes: object) -> dict[str, str]:
    store_rule(session)
    content = replace(ANSWER, **changes)
    with pytest.raises(InvalidReplyError) as error:
        replies.draft_reply(session, entry, step(Desk(session).lead(entry)), content)
    return {problem.field: problem.message for problem in error.value.problems}


class TestForm:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"answer": " "}, "answer"),
            ({"question": ""}, "question"),
            ({"basis": ()}, "basis"),
            ({"basis": (Basis("unknown"),)}, "basis"),
            ({"no_basis_reason": "没有"}, "no_basis_reason"),
            ({"is_public": False}, "private_reason"),
            ({"expires_on": ANSWER.effective_from - timedelta(days=1)}, "expires_on"),
            ({"phone_script": "口" * 81}, "phone_script"),
            ({"answer": "按内部资料办理，不得外传。"}, "answer"),
            ({"answer": "标准为【本\u200b地：元，每月】，到窗口办理。"}, "answer"),
            ({"phone_script": "标准为【\u00ad本地\u2060：元】。"}, "phone_script"),
        ],
    )
    def test_demands_answer_basis_validity_and_publicity(
        self, ledger: Engine, enter: Register, changes: dict[str, object], field: str
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).accept(entry)
            assert field in refused(session, entry, **changes)
            assert entry.state is EntryState.ACCEPTED

    def test_a_stated_reason_stands_for_a_basis(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            content = replace(ANSWER, basis=(), no_basis_reason="属业务操作问题，没有文件规定")
            Desk(session).answered(entry, content)
            assert entry.state is EntryState.APPROVED

    def test_a_question_the_bank_answers_already_is_not_asked_twice(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            first, second = enter(session, MORNING), enter(session, MORNING)
            Desk(session).answered(first)
            Desk(session).accept(second)
            assert "已有这个标准问题" in refused(session, second)["question"]


class TestReview:
    def test_is_made_by_another_person_than_the_author(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.accept(entry)
            desk.draft(entry)
            author = person("承办甲", Authority.of({Role.UNIT, Role.REVIEWER}, entry.unit_id))
            with pytest.raises(OwnReplyError):
                replies.approve_reply(
                    session, entry, step(author), reply=1, statements=list(Statement)
                )
            assert entry.pair_id is None

    def test_counts_for_the_wording_that_was_seen(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.accept(entry)
            desk.draft(entry)
            desk.draft(entry, replace(ANSWER, answer="改写后的答复，请再审。"))
            with pytest.raises(NoReplyError):
                replies.approve_reply(
                    session, entry, step(REVIEWER), reply=1, statements=list(Statement)
                )
            replies.approve_reply(
                session, entry, step(REVIEWER), reply=2, statements=list(Statement)
            )

    def test_affirms_every_statement_of_a_replys_gates(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            desk, entry = Desk(session), enter(session, MORNING)
            desk.accept(entry)
            desk.draft(entry)
            given = [one for one in Statement if one is not Statement.WORK_SECRETS]
            with pytest.raises(GatesUnansweredError, match="工作秘密"):
                replies.approve_reply(session, entry, step(REVIEWER), reply=1, statements=given)
            desk.approve(entry)
            reply = replies.last_reply(session, entry)
            assert reply is not None
            assert tuple(reply.statements) == statements_of(REPLY_GATES)

    def test_can_send_the_reply_back_with_a_reason(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.accept(entry)
            desk.draft(entry)
            replies.send_back(session, entry, step(REVIEWER, reason="依据条款写错"), reply=1)
            assert entry.state is EntryState.ACCEPTED
            desk.draft(entry)
            desk.approve(entry)

    def test_leaves_a_reply_that_is_newer_than_the_one_sent_back(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.accept(entry)
            desk.draft(entry)
            desk.draft(entry)
            with pytest.raises(NoReplyError, match="审核期间已修改"):
                replies.send_back(session, entry, step(REVIEWER, reason="依据条款写错"), reply=1)
            assert entry.state is EntryState.DRAFTED


class TestDraftPair:
    def test_has_the_askers_wordings_as_variants_and_is_linked_both_ways(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            pair = find_pair(session, entry.pair_id or 0)
            content = pair_content(session, pair)
            assert content.variants[0] == entry.question
            assert content.question == ANSWER.question
            assert content.basis == ANSWER.basis
            assert (pair.status, pair.origin) == (PairStatus.DRAFT, entry.number)

    def test_its_wordings_stay_marked_as_the_askers_when_an_editor_adds_more(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            pair = find_pair(session, entry.pair_id or 0)
            content = pair_content(session, pair)
            more = replace(content, variants=(*content.variants, "编辑加的问法"))
            edit_pair(session, pair, more, by=person("编辑甲"), now=MORNING)
            rows = session.exec(
                select(QuestionVariant).where(QuestionVariant.pair_id == stored_id(pair))
            ).all()
            assert {row.text: row.origin for row in rows} == {
                entry.question: VariantOrigin.LEDGER,
                "编辑加的问法": VariantOrigin.AUTHOR,
            }

    def test_an_askers_wording_is_learnt_from_once_the_pair_is_published(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            pair = find_pair(session, entry.pair_id or 0)
            assert training_set(session).queries == ()
            publish_pair(session, pair, now=MORNING)
            learnt = training_set(session)
            assert [query.text for query in learnt.queries] == [entry.question]
            (taught,) = [one for one in learnt.pairs if one.pair_id == pair.id]
            assert entry.question not in taught.variants

    def test_none_comes_of_a_reply_that_is_not_public(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            content = replace(ANSWER, is_public=False, private_reason="涉及个案")
            desk = Desk(session)
            desk.answered(entry, content)
            assert entry.pair_id is None
            assert entry.pair_declined == "答复不宜公开：涉及个案"
            desk.call(entry, CallOutcome.NO_CONTACT)
            assert entry.state is EntryState.CLOSED

    def test_the_entry_is_closed_once_it_is_published_and_the_asker_informed(
        self, ledger: Engine, enter: Register, asker: int
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            desk = Desk(session)
            desk.answered(entry)
            desk.call(entry)
            assert entry.state is EntryState.INFORMED
            with pytest.raises(NotCompleteError, match="尚未发布"):
                closing.close(session, entry, step(OPERATOR))
            publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
            assert close_completed(session, now=MORNING) == 1
            session.refresh(entry)
            assert entry.state is EntryState.CLOSED
            assert close_completed(session, now=MORNING) == 0

    def test_publishing_does_not_close_what_the_asker_does_not_know(
        self, ledger: Engine, enter: Register, asker: int
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            desk = Desk(session)
            desk.answered(entry)
            publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
            assert close_completed(session, now=MORNING) == 0
            with pytest.raises(NotCompleteError, match="尚未回复咨询人"):
                closing.close(session, entry, step(SUPERVISOR))
            desk.call(entry)
            assert entry.state is EntryState.CLOSED

    def test_may_be_declined_with_a_reason_once(
        self, ledger: Engine, enter: Register, asker: int
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            desk = Desk(session)
            desk.answered(entry)
            closing.decline_draft(session, entry, step(REVIEWER, reason="个案，不具普遍性"))
            assert find_pair(session, entry.pair_id or 0).status is PairStatus.WITHDRAWN
            with pytest.raises(NothingToDeclineError):
                closing.decline_draft(session, entry, step(REVIEWER, reason="再次"))
            desk.call(entry)
            assert entry.state is EntryState.CLOSED


class TestCalls:
    def test_unreached_on_three_different_days_closes_with_that_evidence(
        self, ledger: Engine, enter: Register, asker: int
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            Desk(session).answered(entry)
            closing.decline_draft(session, entry, step(REVIEWER, reason="个案"))
            for hours in (0, 1, 24):
                desk = Desk(session, MORNING + timedelta(hours=hours))
                desk.call(entry, CallOutcome.NOT_REACHED)
                assert entry.state is EntryState.APPROVED
            Desk(session, MORNING + timedelta(days=2)).call(entry, CallOutcome.NOT_REACHED)
            assert entry.state is EntryState.CLOSED
            kept = closing.callbacks(session, entry)
            assert [call.attempt for call in kept] == [1, 2, 3, 4]
            assert {call.contact_masked for call in kept} == {"138******00"}

    @pytest.mark.parametrize("outcome", [CallOutcome.NO_CONTACT])
    def test_an_asker_with_a_number_must_be_called(
        self, ledger: Engine, enter: Register, asker: int, outcome: CallOutcome
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            Desk(session).answered(entry)
            with pytest.raises(InvalidCallbackError):
                Desk(session).call(entry, outcome)

    def test_what_was_told_is_kept_with_its_version(
        self, ledger: Engine, enter: Register, asker: int
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, asker_id=asker)
            desk = Desk(session)
            desk.accept(entry)
            desk.draft(entry)
            desk.draft(entry)
            desk.approve(entry)
            desk.call(entry)
            (call,) = closing.callbacks(session, entry)
            assert (call.reply_number, call.operator) == (2, "坐席甲")


def test_a_pair_drafted_elsewhere_with_the_same_question_stops_the_approval(
    ledger: Engine, enter: Register
) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        desk = Desk(session)
        desk.accept(entry)
        desk.draft(entry)
        content = replace(
            replies._pair_content(session, entry, replies.last_reply(session, entry)),
            variants=(),
        )
        draft_pair(session, content, by=person("编辑甲"), now=MORNING)
        with pytest.raises(Exception, match="已有这个标准问题"), session.begin_nested():
            desk.approve(entry)
        session.refresh(entry)
        assert entry.state is EntryState.DRAFTED
