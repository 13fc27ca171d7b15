"""Who acts, told apart by account and key and never by name."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import CLOCKWORK, COMMAND_LINE, Actor, ActorKind
from qa_service.accounts.acts import ACT_RULES, Act, PersonKeyRequiredError
from qa_service.accounts.api_keys import KeyRefusedError, actor_of_key, create_key
from qa_service.accounts.models import ApiKey, User
from qa_service.accounts.users import change_user, create_user
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, Role, Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def new_person(session: Session, login: str, display_name: str, *roles: Role) -> Actor:
    user = create_user(
        session,
        login,
        "correct horse battery",
        display_name=display_name,
        roles=roles or (Role.OPERATOR,),
        now=NOW,
    )
    return Actor.of_user(user)


def new_system(session: Session, name: str, *scopes: Scope) -> Actor:
    create_key(session, name, scopes, now=NOW)
    return actor_of_key(session, stored_key(session, name))


def stored_key(session: Session, name: str) -> ApiKey:
    return session.exec(select(ApiKey).where(ApiKey.name == name)).one()


def with_own_key(session: Session, person: Actor) -> Actor:
    """The person acting with a key of their own."""
    name = f"{person.login}-key"
    create_key(session, name, [Scope.KNOWLEDGE], user=person.login, days=1, now=NOW)
    return actor_of_key(session, stored_key(session, name))


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
            one, other = (new_person(session, login, f"王芳{login}") for login in ("wang", "fang"))
            # Names of an earlier release, which let two accounts bear the same one.
            for user in session.exec(select(User)).all():
                user.display_name = "王芳"
        assert not one.is_same_person_as(other.recorded)
        assert one.is_distinct_from(other.recorded)

    def test_is_the_same_with_a_key_of_their_own(self, database: Engine) -> None:
        with session_scope(database) as session:
            wang = new_person(session, "wang", "王芳", Role.REVIEWER)
            with_key = with_own_key(session, wang)
        assert with_key.kind is ActorKind.PERSON
        assert with_key.authority.roles == {Role.REVIEWER}
        assert with_key.recorded == ("wang", wang.person_id, with_key.api_key_id)
        assert with_key.is_same_person_as(wang.recorded)
        assert not wang.is_distinct_from(with_key.recorded)

    def test_loses_with_a_role_what_the_key_could_do_and_with_the_account_the_key(
        self, database: Engine
    ) -> None:
        with session_scope(database) as session:
            wang = new_person(session, "wang", "王芳", Role.REVIEWER)
            with_own_key(session, wang)
            user = session.get_one(User, wang.person_id)
            key = stored_key(session, "wang-key")
            user.roles = [Role.EDITOR]
            assert actor_of_key(session, key).authority.roles == {Role.EDITOR}
            user.is_active = False
            with pytest.raises(KeyRefusedError, match="账号已停用"):
                actor_of_key(session, key)


class TestSystem:
    @pytest.mark.parametrize(
        ("first", "second"),
        [("", ""), ("李工", ""), ("李工", "李工"), ("李工", "赵处"), ("wang", "李工")],
    )
    def test_counts_once_whatever_it_states(
        self, database: Engine, first: str, second: str
    ) -> None:
        with session_scope(database) as session:
            new_person(session, "wang", "王芳")
            hotline = new_system(session, "hotline", Scope.LEDGER)
        one, other = (hotline.stating(stated) if stated else hotline for stated in (first, second))
        assert not other.is_distinct_from(one.recorded)
        assert one.is_same_person_as(other.recorded)

    def test_that_states_a_login_is_not_that_person(self, database: Engine) -> None:
        with session_scope(database) as session:
            wang = new_person(session, "wang", "王芳", Role.ADMIN)
            stated = new_system(session, "hotline", Scope.LEDGER).stating("wang")
        assert (stated.kind, stated.person_id) == (ActorKind.SYSTEM, None)
        assert stated.authority.roles == {Role.OPERATOR}
        assert not stated.is_same_person_as(wang.recorded)

    def test_is_another_than_one_with_another_key(self, database: Engine) -> None:
        with session_scope(database) as session:
            one, other = (new_system(session, name, Scope.LEDGER) for name in ("甲系统", "乙系统"))
        assert one.is_distinct_from(other.recorded)
        assert not one.stating("李工").is_same_person_as(other.stating("李工").recorded)

    def test_is_recorded_with_what_it_stated_in_full(self, database: Engine) -> None:
        with session_scope(database) as session:
            hotline = new_system(session, "热" * 60, Scope.LEDGER)
        stated = hotline.stating("李工" * 60)
        name = f"api:{'热' * 60}（自称 {'李工' * 60}）"
        assert stated.recorded == (name, None, hotline.api_key_id)

    def test_takes_no_act_that_needs_a_person(self, database: Engine) -> None:
        with session_scope(database) as session:
            hotline = new_system(session, "hotline", *Scope)
            wang = with_own_key(session, new_person(session, "wang", "王芳"))
        for act, rule in ACT_RULES.items():
            assert wang.may_take(act)
            assert hotline.may_take(act) is not rule.needs_person
        assert not hotline.may_take(Act.SIGN_PAIR)
        with pytest.raises(PersonKeyRequiredError, match="个人密钥"):
            hotline.require_person(Action.APPROVE)

    def test_still_joins_a_correction_it_registered(self, database: Engine) -> None:
        with session_scope(database) as session:
            hotline = new_system(session, "hotline", Scope.LEDGER)
        assert not hotline.may_take(Action.JOIN)
        assert hotline.with_role(Role.OPERATOR).may_take(Action.JOIN)


class TestTableOfActs:
    def test_holds_every_act(self) -> None:
        assert set(ACT_RULES) == {*Act, *Action}
        assert len(ACT_RULES) == len(Act) + len(Action)


class TestClockwork:
    def test_is_nobody(self) -> None:
        assert CLOCKWORK.kind is ActorKind.CLOCKWORK
        assert CLOCKWORK.recorded == ("系统", None, None)
        assert not CLOCKWORK.authority.roles
        assert not CLOCKWORK.is_same_person_as(CLOCKWORK.recorded)
