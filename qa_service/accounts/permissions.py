"""Role-based access control: the table of permissions, and the check against it.

A permission grants access to a page or a command. Permissions on a single entry or pair
depend on that record and are decided in its room (``ledger.workflow.transitions``,
``knowledge.pairs.permissions``, ``knowledge.review``).
"""

from collections.abc import Mapping
from enum import StrEnum

from qa_service.accounts.authority import Authority, Within
from qa_service.errors import ForbiddenError
from qa_service.vocabulary import Role, Scope


class Permission(StrEnum):
    """The permissions; each value is the Chinese wording of a refusal."""

    CONSULT = "提问和登记"
    CALL_BACK = "回访"
    READ_LEDGER = "查看台账"
    READ_CONSULTATIONS = "查看咨询记录"
    MOVE_ENTRIES = "办理台账"
    EXPORT_LEDGER = "导出台账"
    WATCH_BOARD = "督查看板"
    WORK_QUEUE = "单位待办"
    COMPLAIN = "反映答案有误"
    READ_BANK = "查看问答库"
    DRAFT_PAIRS = "编写问答"
    SIGN_PAIRS = "审校"
    STATE_GROUNDS = "说明无公开依据的理由"
    SET_REVIEW = "设置审校环节"
    CONFIRM_REVIEW = "确认审校环节"
    KEEP_CHECK_WORDS = "维护送审用词表"
    WITHDRAW_PAIRS = "撤回问答"
    KEEP_POLICIES = "维护政策库"
    CORRECT_POLICIES = "修改政策文件"
    CONFIRM_ENDINGS = "确认文件失效或更正"
    KEEP_BANK = "清理返工"
    READ_GAPS = "查看知识缺口"
    KEEP_MATTERS = "维护入库事项"
    SETTLE_CONTRADICTIONS = "处理矛盾答案"
    KEEP_WORDS = "维护词表"
    MOVE_BANK = "导入导出问答库"
    ADD_MEDIA = "上传图解"
    SETTLE_MEDIA = "处理图解"
    READ_AUDIT = "查看审计记录"
    READ_REPORTS = "监督统计和报表"
    READ_TASKS = "查看任务"
    REPORT_TASKS = "上报任务完成"
    KEEP_TASKS = "下达任务和销号"
    MANAGE_ACCOUNTS = "管理账号和密钥"
    WATCH_DELIVERIES = "事件推送"
    KEEP_UNITS = "维护单位和领域"
    KEEP_HOLIDAYS = "维护节假日"
    OWN_ACCOUNT = "本人账号"


_EVERYBODY = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_WRITERS = frozenset({Role.EDITOR, Role.UNIT, Role.ADMIN})
_OFFICE = frozenset({Role.SUPERVISOR, Role.ADMIN})

GRANTS: Mapping[Permission, frozenset[Role]] = {
    Permission.CONSULT: frozenset({Role.OPERATOR}),
    Permission.CALL_BACK: frozenset({Role.OPERATOR}),
    Permission.READ_LEDGER: _EVERYBODY - {Role.CONFIDENTIALITY},
    Permission.READ_CONSULTATIONS: _OFFICE | {Role.OPERATOR},
    Permission.MOVE_ENTRIES: _EVERYBODY - {Role.CONFIDENTIALITY},
    Permission.EXPORT_LEDGER: _OFFICE | {Role.UNIT},
    Permission.WATCH_BOARD: _OFFICE | {Role.OPERATOR, Role.REVIEWER},
    Permission.WORK_QUEUE: frozenset({Role.UNIT}),
    Permission.COMPLAIN: _EVERYBODY,
    Permission.READ_BANK: _EVERYBODY,
    Permission.DRAFT_PAIRS: _WRITERS,
    Permission.SIGN_PAIRS: frozenset({Role.REVIEWER, Role.CONFIDENTIALITY}),
    Permission.STATE_GROUNDS: frozenset({Role.REVIEWER}) | _OFFICE,
    Permission.SET_REVIEW: _ADMIN,
    Permission.CONFIRM_REVIEW: _OFFICE | {Role.REVIEWER},
    Permission.KEEP_CHECK_WORDS: frozenset({Role.EDITOR, Role.REVIEWER}) | _ADMIN,
    Permission.WITHDRAW_PAIRS: _ADMIN,
    Permission.KEEP_POLICIES: _WRITERS,
    Permission.CORRECT_POLICIES: _WRITERS | {Role.REVIEWER},
    Permission.CONFIRM_ENDINGS: _OFFICE | {Role.REVIEWER},
    Permission.KEEP_BANK: _WRITERS,
    Permission.READ_GAPS: frozenset({Role.EDITOR}) | _OFFICE,
    Permission.KEEP_MATTERS: frozenset({Role.EDITOR, Role.ADMIN}),
    Permission.SETTLE_CONTRADICTIONS: frozenset({Role.EDITOR, Role.REVIEWER, Role.ADMIN}),
    Permission.KEEP_WORDS: frozenset({Role.EDITOR, Role.ADMIN}),
    Permission.MOVE_BANK: frozenset({Role.EDITOR, Role.ADMIN}),
    Permission.ADD_MEDIA: _WRITERS,
    Permission.SETTLE_MEDIA: _WRITERS | {Role.REVIEWER},
    Permission.READ_AUDIT: _OFFICE,
    Permission.READ_REPORTS: _OFFICE,
    Permission.READ_TASKS: _OFFICE | {Role.UNIT},
    Permission.REPORT_TASKS: frozenset({Role.UNIT}),
    Permission.KEEP_TASKS: _OFFICE,
    Permission.MANAGE_ACCOUNTS: _ADMIN,
    Permission.WATCH_DELIVERIES: _OFFICE,
    Permission.KEEP_UNITS: _OFFICE,
    Permission.KEEP_HOLIDAYS: _OFFICE,
    Permission.OWN_ACCOUNT: _EVERYBODY,
}

WHOLE_BANK = frozenset(
    {
        Permission.CONFIRM_REVIEW,
        Permission.READ_GAPS,
        Permission.KEEP_MATTERS,
        Permission.SETTLE_CONTRADICTIONS,
        Permission.KEEP_WORDS,
        Permission.KEEP_CHECK_WORDS,
        Permission.MOVE_BANK,
        Permission.READ_AUDIT,
        Permission.READ_REPORTS,
        Permission.WATCH_DELIVERIES,
        Permission.KEEP_UNITS,
        Permission.KEEP_HOLIDAYS,
    }
)
"""Permissions that a role limited to some units does not grant: they concern the whole bank."""

SYSTEM_ROLES: Mapping[Scope, frozenset[Role]] = {Scope.LEDGER: frozenset({Role.OPERATOR})}
"""The roles under which a system's key with the scope records calls on ledger entries."""

SCOPE_ROLES: Mapping[Scope, frozenset[Role]] = {
    Scope.LEDGER: frozenset({Role.OPERATOR, Role.UNIT}),
    Scope.SUPERVISE: frozenset({Role.SUPERVISOR, Role.REVIEWER, Role.ADMIN}),
}
"""The roles of a person that count on the ledger only if their key has the scope."""


class NotPermittedError(ForbiddenError):
    """None of the person's roles has the permission."""

    code = "not_permitted"
    title = "没有这项权限"


def is_permitted(authority: Authority, permission: Permission) -> bool:
    """Return whether one of the roles of ``authority`` has ``permission``."""
    if permission in WHOLE_BANK:
        return authority.units(GRANTS[permission]) is None
    return not GRANTS[permission].isdisjoint(authority.roles)


def require(authority: Authority, permission: Permission) -> None:
    """Raise NotPermittedError unless ``is_permitted``."""
    if not is_permitted(authority, permission):
        raise NotPermittedError(f"您没有“{permission}”的权限，请联系管理员")


def units_for(authority: Authority, permission: Permission) -> Within:
    """Return the units whose records ``permission`` gives access to; None for every unit."""
    return authority.units(GRANTS[permission])
