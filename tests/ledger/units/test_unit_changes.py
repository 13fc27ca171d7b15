"""Units and areas are retired, merged and restored; nothing open is lost on the way."""

from collections.abc import Iterator

import pytest
from actors import person
from desk import MORNING, SUPERVISOR, Desk, Register, step
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.areas import AreaContent, add_area, change_area, find_area
from qa_service.accounts.audit import AuditFilter, list_events
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import ApiKey, Unit, UnitArea, User
from qa_service.accounts.permissions import NotPermittedError
from qa_service.accounts.unit_keeping import change_unit
from qa_service.accounts.units import UnitContent, find_unit, unit_id
from qa_service.accounts.users import create_user
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.queries import pair_content, version_content, version_in_work
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.ledger.models import CoUnit, LedgerEntry
from qa_service.ledger.queries import entry_events
from qa_service.ledger.routing import route
from qa_service.ledger.units.changes import (
    MergeRefusedError,
    merge_areas,
    merge_units,
    restore_unit,
    retire_area,
    retire_unit,
)
from qa_service.ledger.units.holdings import AreaInUseError, UnitInUseError, unit_holdings
from qa_service.ledger.workflow import assignment
from qa_service.ledger.workflow.undoing import UndoRefusedError, undo
from qa_service.ledger.workflow.voiding import void
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, AuditAction, EntryState, PolicyArea, Role, RoutedBy, Scope

CONTENT = PairContent(
    question="公租房怎么申请？",
    answer="到区住房保障中心提出申请。",
    phone_script="到区住房保障中心申请。",
    area=PolicyArea.SOCIAL_ASSISTANCE,
    unit="tax",
    variants=(),
    effective_from=MORNING.date(),
)


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        yield opened


def unit(session: Session, key: str) -> Unit:
    return find_unit(session, key)


def merge(session: Session, key: str, into: str, actor: Actor = SUPERVISOR) -> str:
    return merge_units(session, unit(session, key), unit(session, into), actor=actor, now=MORNING)


def draft(session: Session, **changes: object) -> int:
    content = CONTENT.with_values(changes)
    return draft_pair(session, content, by=person("编辑甲"), now=MORNING).id or 0


class TestRetiring:
    def test_is_refused_while_something_is_open_and_says_what(
        self, session: Session, enter: Register
    ) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        draft(session)
        create_key(session, "税务系统", [Scope.LEDGER], now=MORNING, unit="tax")
        create_user(
            session,
            "wang",
            "correct horse battery",
            display_name="王",
            roles=[Role.REVIEWER],
            within={Role.REVIEWER: ["tax"]},
            now=MORNING,
        )
        with pytest.raises(UnitInUseError) as refused:
            retire_unit(session, unit(session, "tax"), actor=SUPERVISOR, now=MORNING)
        for told in (entry.number, "问答 1 个", "wang", "税务系统", "牵头领域 1 个（纳税）"):
            assert told in refused.value.message
        assert unit(session, "tax").is_active

    def test_the_default_unit_cannot_go_without_an_heir(self, session: Session) -> None:
        with pytest.raises(UnitInUseError, match="兜底"):
            retire_unit(session, unit(session, "office"), actor=SUPERVISOR, now=MORNING)

    def test_a_retired_unit_gets_no_question_and_can_come_back(self, session: Session) -> None:
        tax = unit(session, "tax")
        change_unit(session, UnitContent("tax", "甲区税务局"), actor=SUPERVISOR, now=MORNING)
        retire_unit(session, tax, actor=SUPERVISOR, now=MORNING)
        found = route(session, area=PolicyArea.TAXATION, nearest_unit="tax")
        assert found.routed_by is RoutedBy.DEFAULT
        restore_unit(session, tax, actor=SUPERVISOR, now=MORNING)
        assert route(session, area=None, nearest_unit="tax").unit_id == tax.id

    def test_is_for_the_office_alone(self, session: Session) -> None:
        limited = person("督查乙", Authority.of({Role.SUPERVISOR}, limits={"supervisor": [1]}))
        for actor in (person("坐席甲", Authority.of({Role.OPERATOR})), limited):
            with pytest.raises(NotPermittedError):
                merge(session, "tax", "office", actor=actor)


class TestMergingUnits:
    def test_open_entries_pass_on_with_an_event_and_keep_their_date_and_history(
        self, session: Session, enter: Register
    ) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        due, state = entry.due_on, entry.state
        told = merge(session, "tax", "office")
        session.refresh(entry)
        assert entry.unit_id == unit(session, "office").id
        assert (entry.due_on, entry.state) == (due, state)
        first, assigned, moved = entry_events(session, entry.number)
        assert "甲区税务局" in assigned.reason
        assert moved.verb is Action.TRANSFER
        assert moved.reason == "甲区税务局并入甲区政务服务办，由甲区政务服务办继续办理"
        assert moved.actor == "督查甲"
        assert first.verb is Action.REGISTER
        assert entry.number in told

    def test_the_heir_can_go_on_at_once(self, session: Session, enter: Register) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        merge(session, "tax", "office")
        session.refresh(entry)
        Desk(session).accept(entry)
        assert entry.state.label == "办理中"

    def test_closed_entries_stay_where_they_were(self, session: Session, enter: Register) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        close(session, entry)
        events = len(entry_events(session, entry.number))
        merge(session, "tax", "office")
        session.refresh(entry)
        assert entry.unit_id == unit(session, "tax").id
        assert len(entry_events(session, entry.number)) == events

    def test_voided_entries_stay_too_and_keep_no_unit_in_use(
        self, session: Session, enter: Register
    ) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        void(session, entry, step(SUPERVISOR, reason="测试登记"))
        assert not any("台账" in str(one) for one in unit_holdings(session, unit(session, "tax")))
        merge(session, "tax", "office")
        session.refresh(entry)
        assert entry.unit_id == unit(session, "tax").id

    def test_is_not_undone_in_the_ledger(self, session: Session, enter: Register) -> None:
        entry = enter(session, MORNING, area=PolicyArea.TAXATION)
        merge(session, "tax", "office")
        session.refresh(entry)
        with pytest.raises(UndoRefusedError):
            undo(session, entry, step(SUPERVISOR))

    def test_opinions_still_due_pass_on_and_those_given_stay(
        self, session: Session, enter: Register
    ) -> None:
        entries = [enter(session, MORNING, area=PolicyArea.ELDERLY_CARE) for _ in range(3)]
        tax, office = unit_id(unit(session, "tax")), unit_id(unit(session, "office"))
        given, due, both = (entry.id or 0 for entry in entries)
        session.add_all(
            [
                CoUnit(entry_id=given, unit_id=tax, opinion="同意"),
                CoUnit(entry_id=due, unit_id=tax, due_on=MORNING.date()),
                CoUnit(entry_id=both, unit_id=tax),
                CoUnit(entry_id=both, unit_id=office),
            ]
        )
        session.flush()
        merge(session, "tax", "office")
        found = session.exec(select(CoUnit.entry_id, CoUnit.unit_id)).all()
        assert sorted(found) == sorted([(given, tax), (due, office), (both, office)])
        assert session.get_one(CoUnit, (due, office)).due_on == MORNING.date()

    def test_pairs_accounts_keys_areas_and_the_default_pass_on(self, session: Session) -> None:
        pair_id = draft(session, unit="office")
        create_key(session, "大厅系统", [Scope.LEDGER], now=MORNING, unit="office")
        create_user(
            session,
            "li",
            "correct horse battery",
            display_name="李",
            roles=[Role.UNIT, Role.REVIEWER],
            unit="office",
            within={Role.REVIEWER: ["office", "tax"]},
            now=MORNING,
        )
        merge(session, "office", "tax")
        heir = unit_id(unit(session, "tax"))
        session.expire_all()
        user = session.exec(select(User).where(User.login == "li")).one()
        assert (user.unit_id, user.role_units) == (heir, {"reviewer": [heir]})
        assert session.exec(select(ApiKey.unit_id)).all() == [heir]
        assert unit(session, "tax").is_default
        gone = unit(session, "office")
        assert (gone.is_active, gone.is_default, gone.merged_into_id) == (False, False, heir)
        assert route(session, area=None, nearest_unit="office").unit_id == heir
        pair = find(session, pair_id)
        assert pair_content(session, pair).unit == "tax"
        assert version_content(session, version_in_work(session, pair)).unit == "tax"

    def test_lead_areas_pass_on(self, session: Session) -> None:
        merge(session, "pensions", "tax")
        leads = dict(session.exec(select(UnitArea.area, UnitArea.unit_id)).all())
        assert set(leads.values()) == {unit(session, "tax").id}

    def test_is_audited(self, session: Session) -> None:
        merge(session, "pensions", "tax")
        (event,) = list_events(session, AuditFilter(action=AuditAction.UNIT))
        assert (event.subject, event.details["into"]) == ("单位 pensions", "tax")
        assert "养老" in event.details["passed"]

    @pytest.mark.parametrize("into", ["tax", "pensions"])
    def test_needs_another_unit_in_use(self, session: Session, into: str) -> None:
        merge(session, "pensions", "office")
        with pytest.raises(MergeRefusedError):
            merge(session, "tax", into)


class TestAreas:
    def test_a_question_of_an_added_area_goes_to_the_unit_that_leads_it(
        self, session: Session
    ) -> None:
        housing(session)
        found = route(session, area="住房", nearest_unit=None)
        assert found == route(session, area=PolicyArea.TAXATION, nearest_unit=None)

    def test_retiring_is_refused_while_pairs_or_entries_remain(
        self, session: Session, enter: Register
    ) -> None:
        housing(session)
        entry = enter(session, MORNING, area="住房")
        draft(session, area="住房")
        with pytest.raises(AreaInUseError) as refused:
            retire_area(session, find_area(session, "住房"), actor=SUPERVISOR, now=MORNING)
        assert entry.number in refused.value.message
        assert "问答 1 个" in refused.value.message

    def test_merging_moves_pairs_and_open_entries_with_an_event(
        self, session: Session, enter: Register
    ) -> None:
        housing(session)
        entry, closed = (enter(session, MORNING, area="住房") for _ in range(2))
        close(session, closed)
        pair_id = draft(session, area="住房")
        other = find_area(session, PolicyArea.SOCIAL_ASSISTANCE)
        merge_areas(session, find_area(session, "住房"), other, actor=SUPERVISOR, now=MORNING)
        for one in (entry, closed):
            session.refresh(one)
        assert (entry.area, closed.area) == ("社会救助", "住房")
        event = entry_events(session, entry.number)[-1]
        assert (event.verb, event.reason) == (Action.REFILE, "领域“住房”并入“社会救助”")
        session.expire_all()
        pair = find(session, pair_id)
        assert pair.area == "社会救助"
        assert version_content(session, version_in_work(session, pair)).area == "社会救助"

    def test_a_new_name_leaves_the_key(self, session: Session) -> None:
        housing(session)
        content = AreaContent("住房", "住房保障")
        area = change_area(session, content, actor=SUPERVISOR, now=MORNING)
        assert (area.key, area.name) == ("住房", "住房保障")


def housing(session: Session) -> None:
    add_area(session, AreaContent("", "住房"), actor=SUPERVISOR, now=MORNING)
    session.add(UnitArea(area="住房", unit_id=unit_id(unit(session, "tax"))))
    session.flush()


def find(session: Session, pair_id: int) -> QAPair:
    return session.get_one(QAPair, pair_id)


def close(session: Session, entry: LedgerEntry) -> None:
    entry.state = EntryState.CLOSED
    session.add(entry)
    session.flush()


def test_a_new_name_shows_everywhere_but_in_what_was_recorded(
    session: Session, enter: Register
) -> None:
    entry = enter(session, MORNING, area=PolicyArea.TAXATION)
    assignment.assign(session, entry, step(SUPERVISOR), unit="tax")
    renamed = UnitContent("tax", "甲区财税局", (PolicyArea.TAXATION,))
    change_unit(session, renamed, actor=SUPERVISOR, now=MORNING)
    reasons = [event.reason for event in entry_events(session, entry.number)]
    assert any("交甲区税务局办理" in reason for reason in reasons)
    assert not any("财税局" in reason for reason in reasons)
    (audited,) = list_events(session, AuditFilter(action=AuditAction.UNIT))
    assert audited.details["name"] == "甲区税务局 → 甲区财税局"
