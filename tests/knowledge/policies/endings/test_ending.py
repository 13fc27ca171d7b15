"""The end of a document: proposed by one person, decided by another, taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from actors import person
from ended_policy import EDITOR, SUPERVISOR, end_policy, propose
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.clock import BEIJING
from qa_service.knowledge.change_feed import list_changes
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import draft_pair, edit_pair
from qa_service.knowledge.policies.endings.ending import (
    AlreadyEndedError,
    EndingContent,
    confirm_ending,
    propose_ending,
    suspend_due,
)
from qa_service.knowledge.policies.endings.ending_record import InvalidEndingError, NoEndingError
from qa_service.knowledge.policies.endings.taking_back import refuse_ending, restore
from qa_service.knowledge.policies.permissions import NotYourDecisionError, PolicyOwnerOnlyError
from qa_service.knowledge.policies.rework import rework_owed
from qa_service.knowledge.policies.service import (
    PolicyEndingNeededError,
    change_policy,
    find_policy,
    policy_content,
)
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.knowledge.review_models import Review
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Role, Validity

AHEAD = date(2026, 12, 10)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def published(session: Session, number: int = 1, **changes: object) -> QAPair:
    content = replace(CONTENT, question=f"第{number}项补贴多久到账？", **changes)
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair


def of_unit(session: Session, key: str, role: Role = Role.UNIT) -> Authority:
    unit_id = session.exec(select(Unit.id).where(Unit.key == key)).one()
    if role is Role.UNIT:
        return Authority.of({role}, unit_id)
    return Authority.of({role}, limits={role.value: [unit_id or 0]})


def signatures(session: Session) -> int:
    return len(session.exec(select(Review)).all())


class TestProposing:
    def test_suspends_the_answers_at_once_and_marks_nothing(self, session: Session) -> None:
        pairs = [published(session, number) for number in range(2)]
        other = published(session, 9, basis=(Basis("双号一"),))
        document = propose(session, "养老办法", now=NOW)
        assert [pair.status for pair in pairs] == [PairStatus.SUSPENDED] * 2
        assert published_ids(session) == [other.id]
        assert (document.validity, rework_owed(session)) == (Validity.IN_FORCE, [])

    def test_takes_the_answers_from_mirrors_too(self, session: Session) -> None:
        pair = published(session)
        propose(session, "养老办法", now=NOW)
        last = list_changes(session, after=0, limit=10).items[-1]
        assert (last.pair_id, last.kind) == (pair.id, PairStatus.WITHDRAWN)

    def test_wants_a_mark_a_date_and_a_reason_and_names_all_that_is_missing(
        self, session: Session
    ) -> None:
        published(session)
        document = find_policy(session, "养老办法")
        empty = EndingContent(Validity.IN_FORCE, None, " ", "没有的办法")
        with pytest.raises(InvalidEndingError) as caught:
            propose_ending(session, document, empty, by=EDITOR, now=NOW)
        fields = {problem.field for problem in caught.value.problems}
        assert fields == {"validity", "invalid_since", "reason", "replaced_by"}
        assert len(published_ids(session)) == 1

    def test_is_for_the_owner_and_the_office_alone(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        change = replace(policy_content(document), unit="pensions")
        change_policy(session, document, change, by=EDITOR, now=NOW)
        content = EndingContent(Validity.LAPSED, NOW.date(), "到期")
        stranger = person("别家", of_unit(session, "tax"))
        with pytest.raises(PolicyOwnerOnlyError):
            propose_ending(session, document, content, by=stranger, now=NOW)
        owner = person("本家", of_unit(session, "pensions"))
        propose_ending(session, document, content, by=owner, now=NOW)
        with pytest.raises(AlreadyEndedError):
            propose_ending(session, document, content, by=EDITOR, now=NOW)

    def test_is_the_only_way_to_end_a_document(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        ended = replace(policy_content(document), validity=Validity.LAPSED)
        with pytest.raises(PolicyEndingNeededError):
            change_policy(session, document, ended, by=EDITOR, now=NOW)

    def test_masks_a_callers_number_in_the_reason(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        content = EndingContent(Validity.LAPSED, NOW.date(), "来电13800138000反映已废止")
        ending = propose_ending(session, document, content, by=EDITOR, now=NOW)
        assert "13800138000" not in ending.reason


class TestDeciding:
    def test_a_yes_of_another_person_withdraws_with_a_task(self, session: Session) -> None:
        pair = published(session)
        document = propose(session, "养老办法", now=NOW)
        assert confirm_ending(session, document, by=SUPERVISOR, now=NOW) == [pair.id]
        assert (document.validity, document.invalid_since) == (Validity.REPEALED, NOW.date())
        assert pair.status is PairStatus.WITHDRAWN
        assert [task.pair_id for task in rework_owed(session)] == [pair.id]

    def test_nobody_confirms_what_they_proposed(self, session: Session) -> None:
        published(session)
        both = person("两职", Authority.of({Role.EDITOR, Role.SUPERVISOR}))
        document = find_policy(session, "养老办法")
        content = EndingContent(Validity.LAPSED, NOW.date(), "到期")
        propose_ending(session, document, content, by=both, now=NOW)
        with pytest.raises(NotYourDecisionError, match="另一人"):
            confirm_ending(session, document, by=both, now=NOW)

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.OPERATOR, Role.UNIT, Role.CONFIDENTIALITY])
    def test_other_roles_do_not_decide(self, session: Session, role: Role) -> None:
        document = propose(session, "养老办法", now=NOW)
        with pytest.raises(NotYourDecisionError):
            confirm_ending(session, document, by=person("旁人", Authority.of({role})), now=NOW)

    def test_a_reviewer_of_another_unit_does_not_decide(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        change = replace(policy_content(document), unit="pensions")
        change_policy(session, document, change, by=EDITOR, now=NOW)
        propose(session, "养老办法", now=NOW)
        strange = person("他审", of_unit(session, "tax", Role.REVIEWER))
        with pytest.raises(NotYourDecisionError):
            confirm_ending(session, document, by=strange, now=NOW)
        own = person("本审", of_unit(session, "pensions", Role.REVIEWER))
        confirm_ending(session, document, by=own, now=NOW)

    def test_a_no_puts_the_answers_back_with_their_signatures(self, session: Session) -> None:
        pair = published(session)
        signed = signatures(session)
        document = propose(session, "养老办法", now=NOW)
        found = refuse_ending(session, document, "文件仍有效", by=SUPERVISOR, now=NOW)
        assert (found.put_back, found.left) == ([pair.id], [])
        assert (pair.status, pair.withdrawn_reason) == (PairStatus.PUBLISHED, None)
        assert signatures(session) == signed
        with pytest.raises(NoEndingError):
            confirm_ending(session, document, by=SUPERVISOR, now=NOW)

    def test_a_no_needs_a_reason(self, session: Session) -> None:
        document = propose(session, "养老办法", now=NOW)
        with pytest.raises(InvalidEndingError):
            refuse_ending(session, document, "", by=SUPERVISOR, now=NOW)

    def test_an_answer_that_waits_for_another_document_too_stays_suspended(
        self, session: Session
    ) -> None:
        pair = published(session, basis=(Basis("养老办法"), Basis("双号一")))
        first = propose(session, "养老办法", now=NOW)
        second = propose(session, "双号一", now=NOW)
        assert refuse_ending(session, first, "仍有效", by=SUPERVISOR, now=NOW).put_back == []
        assert pair.status is PairStatus.SUSPENDED
        assert refuse_ending(session, second, "仍有效", by=SUPERVISOR, now=NOW).put_back == [
            pair.id
        ]


class TestTakingBack:
    def test_a_slip_is_taken_back_in_one_step_without_new_signatures(
        self, session: Session
    ) -> None:
        pair = published(session)
        signed = signatures(session)
        end_policy(session, "养老办法", now=NOW)
        document = find_policy(session, "养老办法")
        later = NOW + timedelta(days=6)
        found = restore(session, document, "选错了文件", by=EDITOR, now=later, days=7)
        assert found.put_back == [pair.id]
        assert (document.validity, document.invalid_since) == (Validity.IN_FORCE, None)
        assert published_ids(session) == [pair.id]
        assert (signatures(session), rework_owed(session)) == (signed, [])

    def test_a_proposal_is_taken_back_by_its_author(self, session: Session) -> None:
        pair = published(session)
        document = propose(session, "养老办法", now=NOW)
        assert restore(session, document, "误点", by=EDITOR, now=NOW, days=0).put_back == [pair.id]

    def test_an_answer_that_was_changed_meanwhile_is_left(self, session: Session) -> None:
        kept, changed = published(session, 1), published(session, 2)
        end_policy(session, "养老办法", now=NOW)
        anew = replace(pair_content(session, changed), answer="改为每月二十日发放。")
        edit_pair(session, changed, anew, by=person("甲"), now=NOW)
        document = find_policy(session, "养老办法")
        found = restore(session, document, "选错了文件", by=EDITOR, now=NOW, days=7)
        assert (found.put_back, found.left) == ([kept.id], [changed.id])
        assert changed.status is PairStatus.WITHDRAWN
        assert [task.pair_id for task in rework_owed(session)] == [changed.id]

    def test_a_draft_on_a_suspended_answer_does_not_touch_what_was_signed(
        self, session: Session
    ) -> None:
        pair = published(session)
        document = propose(session, "养老办法", now=NOW)
        before = pair.current_version_id
        anew = replace(pair_content(session, pair), answer="改为每月二十日发放。")
        edit_pair(session, pair, anew, by=person("甲"), now=NOW)
        assert (pair.current_version_id, pair.status) == (before, PairStatus.SUSPENDED)
        refuse_ending(session, document, "仍有效", by=SUPERVISOR, now=NOW)
        assert (pair.current_version_id, pair.status) == (before, PairStatus.PUBLISHED)
        assert pair.draft_version_id is not None

    def test_after_the_days_for_a_slip_only_the_document_comes_back(self, session: Session) -> None:
        pair = published(session)
        end_policy(session, "养老办法", now=NOW)
        document = find_policy(session, "养老办法")
        late = NOW + timedelta(days=8)
        found = restore(session, document, "选错了文件", by=EDITOR, now=late, days=7)
        assert (found.put_back, found.left) == ([], [pair.id])
        assert (document.validity, pair.status) == (Validity.IN_FORCE, PairStatus.WITHDRAWN)

    def test_an_answer_whose_question_another_one_answers_now_is_left(
        self, session: Session
    ) -> None:
        pair = published(session)
        end_policy(session, "养老办法", now=NOW)
        published(session, 1, basis=(Basis("双号一"),), answer="另一份答复。")
        document = find_policy(session, "养老办法")
        assert restore(session, document, "选错", by=EDITOR, now=NOW, days=7).left == [pair.id]

    def test_is_for_the_owner_and_wants_an_end(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        with pytest.raises(NoEndingError):
            restore(session, document, "没事", by=EDITOR, now=NOW, days=7)
        end_policy(session, "养老办法", now=NOW)
        with pytest.raises(PolicyOwnerOnlyError):
            restore(session, document, "没事", by=SUPERVISOR, now=NOW, days=7)


class TestAnEndAhead:
    def test_leaves_the_answers_until_the_day_and_takes_them_then(self, session: Session) -> None:
        pair = published(session)
        document = propose(session, "养老办法", now=NOW, since=AHEAD)
        assert pair.status is PairStatus.PUBLISHED
        assert confirm_ending(session, document, by=SUPERVISOR, now=NOW) == []
        assert pair.status is PairStatus.PUBLISHED
        midnight = datetime(2026, 12, 10, tzinfo=BEIJING)
        assert withdraw_ended(session, now=midnight - timedelta(minutes=1)) == []
        assert withdraw_ended(session, now=midnight) == [pair.id]
        found = restore(session, document, "误定", by=EDITOR, now=midnight, days=7)
        assert found.put_back == [pair.id]

    def test_that_nobody_has_confirmed_suspends_on_the_day(self, session: Session) -> None:
        pair = published(session)
        propose(session, "养老办法", now=NOW, since=AHEAD)
        midnight = datetime(2026, 12, 10, tzinfo=BEIJING)
        assert suspend_due(session, now=midnight - timedelta(minutes=1)) == 0
        assert suspend_due(session, now=midnight) == 1
        assert pair.status is PairStatus.SUSPENDED
        assert suspend_due(session, now=midnight) == 0
