"""Roles and their data scope (数据范围): the units within which each role counts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from qa_service.accounts.models import User
from qa_service.vocabulary import Role

Within = frozenset[int] | None
"""Ids of the units whose records may be read or changed; None for every unit."""

EVERY_UNIT: Within = None


@dataclass(frozen=True, slots=True)
class Authority:
    """The roles an actor holds, each with the units within which it counts."""

    grants: Mapping[Role, Within]

    @classmethod
    def of(
        cls,
        roles: Iterable[Role],
        unit_id: int | None = None,
        limits: Mapping[str, Collection[int]] | None = None,
    ) -> "Authority":
        """Return ``roles``, each within the units ``limits`` names for it, otherwise within all.

        The UNIT role (承办单位) counts for ``unit_id``, the person's unit, and for those named.
        """
        grants: dict[Role, Within] = {}
        for role in roles:
            named = frozenset((limits or {}).get(role, ()))
            if role is Role.UNIT:
                grants[role] = named | ({unit_id} if unit_id is not None else set())
            else:
                grants[role] = named or EVERY_UNIT
        return cls(grants)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held, regardless of units."""
        return frozenset(self.grants)

    def without(self, roles: Collection[Role]) -> "Authority":
        """Return the same authority without ``roles``."""
        return Authority({role: at for role, at in self.grants.items() if role not in roles})

    def units(self, roles: Collection[Role]) -> Within:
        """Return the units within which one of ``roles`` is held; empty if none is."""
        found: frozenset[int] = frozenset()
        for role in self.roles & frozenset(roles):
            within = self.grants[role]
            if within is None:
                return EVERY_UNIT
            found |= within
        return found

    def holds(self, roles: Collection[Role], unit_ids: Iterable[int]) -> bool:
        """Return whether one of ``roles`` is held for one of the units."""
        within = self.units(roles)
        return within is None or not within.isdisjoint(unit_ids)


def authority_of(user: User) -> Authority:
    """Return the roles of ``user``, each with the units it counts for."""
    return Authority.of(user.roles, user.unit_id, user.role_units)
