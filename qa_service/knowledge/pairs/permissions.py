"""Permissions on a pair: its owning unit, and the accounts in charge of the whole bank."""

from sqlmodel import Session

from qa_service.accounts.authority import Authority, Within
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import PairNotFoundError, find_pair, require_unit
from qa_service.vocabulary import PairStatus, Role

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


def find_open(session: Session, pair_id: int, within: Within) -> QAPair:
    """Return the pair if members of these units may see its unpublished work.

    Raises PairNotFoundError, with the same words as for an id that no pair has.
    """
    pair = find_pair(session, pair_id)
    require_open(pair, within)
    return pair


def find_readable(session: Session, pair_id: int, within: Within) -> QAPair:
    """Return the pair if it is published or ``find_open`` returns it."""
    pair = find_pair(session, pair_id)
    if pair.status is not PairStatus.PUBLISHED:
        require_open(pair, within)
    return pair


def find_owned(session: Session, pair_id: int, authority: Authority, within: Within) -> QAPair:
    """Return the pair if an account with this authority may change it.

    Raises PairNotFoundError as ``find_readable`` does, and OwnerOnlyError.
    """
    pair = find_readable(session, pair_id, within)
    require_owner(authority, pair)
    return pair


def require_owner(authority: Authority, pair: QAPair) -> None:
    """Raise OwnerOnlyError unless an account with this authority may change ``pair``."""
    require_unit(pair.unit_id, authority.units(KEEPERS))
