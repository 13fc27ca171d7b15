"""Who looks after a pair: the unit that owns it, or who looks after the whole bank."""

from collections.abc import Collection

from qa_service.accounts.models import Role, User
from qa_service.errors import ForbiddenError
from qa_service.knowledge.models import QAPair


class OwnerOnlyError(ForbiddenError):
    """Only the unit that owns the pair, or who looks after the bank, may do this."""

    code = "owner_only"
    title = "不由您办理"


def is_keeper(roles: Collection[Role], unit_id: int | None, pair: QAPair) -> bool:
    """Whether somebody of these roles and this unit looks after ``pair``."""
    is_owner = Role.UNIT in roles and unit_id == pair.unit_id
    return is_owner or Role.ADMIN in roles or Role.EDITOR in roles


def require_keeper(user: User, pair: QAPair) -> None:
    """Raise OwnerOnlyError unless ``user`` looks after ``pair``."""
    if not is_keeper([Role(role) for role in user.roles], user.unit_id, pair):
        raise OwnerOnlyError("由承办单位、编辑或管理员办理")
