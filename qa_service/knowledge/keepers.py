"""Who looks after a pair: the unit that owns it, or who looks after the whole bank."""

from collections.abc import Collection

from qa_service.accounts.models import Role
from qa_service.errors import ForbiddenError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs import PairNotFoundError


class OwnerOnlyError(ForbiddenError):
    """Only the unit that owns the pair, or who looks after the bank, may do this."""

    code = "owner_only"
    title = "不由您办理"


def is_keeper(roles: Collection[Role], unit_id: int | None, pair: QAPair) -> bool:
    """Whether somebody of these roles and this unit looks after ``pair``."""
    is_owner = Role.UNIT in roles and unit_id == pair.unit_id
    return is_owner or Role.ADMIN in roles or Role.EDITOR in roles


def may_open(pair: QAPair, unit_id: int | None) -> bool:
    """Whether the pair's work may be seen by one who sees one unit's only; None: all units'."""
    return unit_id is None or pair.unit_id == unit_id


def require_open(pair: QAPair, unit_id: int | None) -> None:
    """Raise PairNotFoundError unless ``may_open``: of another unit's work nothing is told."""
    if not may_open(pair, unit_id):
        raise PairNotFoundError(f"没有编号为 {pair.id} 的问答")


def require_keeper(roles: Collection[Role], unit_id: int | None, pair: QAPair) -> None:
    """Raise OwnerOnlyError unless somebody of these roles and this unit looks after ``pair``."""
    if not is_keeper(roles, unit_id, pair):
        raise OwnerOnlyError("由承办单位、编辑或管理员办理")
