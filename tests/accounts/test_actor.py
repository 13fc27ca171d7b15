"""Who acts, told apart by account and key and never by name."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import CLOCKWORK, COMMAND_LINE, Actor, ActorKind, act_for
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.models import ApiKey, User
from qa_service.accounts.users import change_user, create_user
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def new_person(session: Session, login: str, display_name: str, *roles: Role) -> Actor:
    user = create_user(
        session, login, "correct horse battery", display_name=display_name, roles=roles, now=NOW
    )
    return Actor.of_user(user)


def new_system(session: Session, name: str, *scopes: Scope) -> Actor:
    create_key(session, name, scopes, now=NOW)
    return Actor.of_key(session.exec(select(ApiKey).where(ApiKey.name == name)).one())


class TestPerson:
    def test_stays_the_same_under_a_new_display_name(self, database: Engine) -> None:
        with session_scope(database) as session:
            before = new_person(session, "wang", "王芳", Role.EDITOR)
            change_user(
                session,
                "wang",
                display_name="王方",
                roles=(Role.REVIEWER,),
                unit=None,
                is_active=True,
                actor=COMMAND_LINE,
                now=NOW,
            )
            after = Actor.of_user(session.get_one(User, before.person_id))
        assert after.display_name == "王方"
        assert after.is_same_person_as(before.recorded)
        assert not after.is_distinct_from(before.recorded)

    def test_is_another_than_a_namesake(self, database: Engine) -> None:
        with session_scope(database) as session:
            one, other = (new_person(session, login, "王芳") for login in ("wang", "wang2"))
        assert not one.is_same_person_as(other.recorded)
        assert one.is_distinct_from(other.recorded)

    def test_is_the_same_through_a_key(self, database: Engine) -> None:
        with session_scope(database) as session:
            wang = new_person(session, "wang", "王芳", Role.REVIEWER)
            hotline = new_system(session, "hotline", Scope.LEDGER)
            stated = act_for(session, hotline, "wang")
        assert stated.kind is ActorKind.PERSON
        assert stated.is_same_person_as(wang.recorded)
        assert stated.is_same_person_as(wang.through(hotline).recorded)
        assert not wang.is_distinct_from(stated.recorded)

    def test_has_the_roles_of_the_key_it_is_stated_through(self, database: Engine) -> None:
        with session_scope(database) as session:
            new_person(session, "wang", "王芳", Role.ADMIN)
            hotline = new_system(session, "hotline", Scope.LEDGER)
            stated = act_for(session, hotline, "wang")
        assert stated.authority == hotline.authority
        assert stated.authority.roles == {Role.OPERATOR, Role.UNIT}


class TestSystem:
    @pytest.mark.parametrize(
        ("first", "second", "is_distinct"),
        [
            (None, None, False),
            ("李工", None, False),
            (None, "李工", False),
            ("李工", "李工", False),
            ("李工", "赵处", True),
            ("wang", None, False),
            (None, "wang", False),
        ],
    )
    def test_counts_as_two_people_only_under_two_names(
        self, database: Engine, first: str | None, second: str | None, is_distinct: bool
    ) -> None:
        with session_scope(database) as session:
            new_person(session, "wang", "王芳")
            hotline = new_system(session, "hotline", Scope.LEDGER)
            one, other = (act_for(session, hotline, stated) for stated in (first, second))
        assert other.is_distinct_from(one.recorded) is is_distinct
        assert one.is_distinct_from(other.recorded) is is_distinct

    def test_is_another_than_one_with_another_key(self, database: Engine) -> None:
        with session_scope(database) as session:
            one, other = (new_system(session, name, Scope.LEDGER) for name in ("甲系统", "乙系统"))
            stated = [act_for(session, system, "李工") for system in (one, other)]
        assert one.is_distinct_from(other.recorded)
        assert not stated[0].is_same_person_as(stated[1].recorded)

    def test_of_a_stated_name_without_account_is_no_person(self, database: Engine) -> None:
        with session_scope(database) as session:
            hotline = new_system(session, "hotline", Scope.LEDGER)
            stated = act_for(session, hotline, "李工")
        assert (stated.kind, stated.person_id) == (ActorKind.SYSTEM, None)
        assert stated.recorded == ("api:hotline/李工", None, hotline.api_key_id)

    def test_with_a_long_name_loses_nobody(self, database: Engine) -> None:
        with session_scope(database) as session:
            wang = new_person(session, "wang" * 16, "王芳")
            system = new_system(session, "热" * 60, Scope.LEDGER)
            stated = act_for(session, system, wang.login)
        assert stated.name == f"api:{'热' * 60}/{wang.login}"
        assert stated.is_same_person_as(wang.recorded)


class TestClockwork:
    def test_is_nobody(self) -> None:
        assert CLOCKWORK.kind is ActorKind.CLOCKWORK
        assert CLOCKWORK.recorded == ("系统", None, None)
        assert not CLOCKWORK.authority.roles
        assert not CLOCKWORK.is_same_person_as(CLOCKWORK.recorded)
