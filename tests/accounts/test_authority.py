import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.accounts.authority import Authority
from qa_service.vocabulary import Role

ROLES = st.sets(st.sampled_from(Role))
UNITS = st.sets(st.integers(1, 5))


class TestAuthority:
    def test_a_role_counts_for_every_unit_unless_some_are_named(self) -> None:
        authority = Authority.of({Role.EDITOR, Role.REVIEWER}, limits={"reviewer": [2]})
        assert authority.holds({Role.EDITOR}, {1})
        assert authority.holds({Role.REVIEWER}, {2})
        assert not authority.holds({Role.REVIEWER}, {1})

    def test_the_staff_of_a_unit_stand_for_their_own_one_and_for_those_named(self) -> None:
        assert Authority.of({Role.UNIT}, 1).units({Role.UNIT}) == {1}
        assert Authority.of({Role.UNIT}, 1, {"unit": [3]}).units({Role.UNIT}) == {1, 3}
        assert Authority.of({Role.UNIT}).units({Role.UNIT}) == frozenset()

    @pytest.mark.parametrize("units", [{1}, set()])
    def test_a_role_not_held_counts_nowhere(self, units: set[int]) -> None:
        assert not Authority.of({Role.OPERATOR}).holds({Role.ADMIN}, units)

    @given(ROLES, UNITS, UNITS, st.integers(1, 5))
    def test_holds_exactly_where_its_units_say(
        self, roles: set[Role], named: set[int], asked: set[int], own: int
    ) -> None:
        limits = {role.value: named for role in roles}
        authority = Authority.of(roles, own, limits)
        within = authority.units(Role)
        assert authority.holds(Role, asked) == (within is None or bool(within & asked))

    @given(ROLES, ROLES, UNITS)
    def test_more_roles_never_see_less(
        self, some: set[Role], more: set[Role], named: set[int]
    ) -> None:
        limits = {role.value: named for role in some | more}
        few = Authority.of(some, 1, limits).units(Role)
        many = Authority.of(some | more, 1, limits).units(Role)
        assert many is None or (few is not None and few <= many)
