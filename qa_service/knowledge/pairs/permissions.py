"""Permissions on a pair: its owning unit, and the accounts in charge of the whole bank."""

from qa_service.accounts.authority import Authority, Within
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import PairNotFoundError, require_unit
from qa_service.vocabulary import Role

KEEPERS = frozenset({Role.UNIT, Role.EDITOR, Role.ADMIN})


def is_keeper(authority: Authority, pair: QAPair) -> bool:
    """Return whether an account with this authority may change ``pair``."""
    return authority.holds(KEEPERS, {pair.unit_id})


def may_open(pair: QAPair, within: Within) -> bool:
    """Return whether unpublished work on the pair may be seen by members of these units."""
    return within is None or pair.unit_id in within


def require_open(pair: QAPair, within: Within) -> None:
    """Raise PairNotFoundError unless ``may_open``, without revealing that the pair exists."""
    if not may_open(pair, within):
        raise PairNotFoundError(f"没有编号为 {pair.id} 的问答")


def require_owner(authority: Authority, pair: QAPair) -> None:
    """Raise OwnerOnlyError unless an account with this authority may change ``pair``."""
    require_unit(pair.unit_id, authority.units(KEEPERS))
