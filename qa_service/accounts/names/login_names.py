"""Rules for the form of the login and the display name of an account.

A login stands in histories, signatures, addresses of pages and the audit trail: none may look
like the service itself, like a key or like a part of another name.
"""

import re
from collections.abc import Sequence

from qa_service.accounts.names.lookalikes import reserved_problems
from qa_service.errors import FieldProblem
from qa_service.vocabulary import Role

NAME_CHARACTERS = 64

_LOGIN = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._@-]*")


def name_problems(login: str | None, display_name: str) -> list[FieldProblem]:
    """Return the faults of a new account's login and of a display name; None is not checked."""
    problems = []
    if login is not None and not is_usable_login(login):
        message = (
            f"登录名应为 1 至 {NAME_CHARACTERS} 个字母、数字或汉字（可含 . _ @ -），"
            "不含空格，以字母、数字或汉字开头，不能用“系统”等保留名称"
        )
        problems.append(FieldProblem("login", message))
    is_named = display_name.strip() and display_name.isprintable()
    if not is_named or len(display_name) > NAME_CHARACTERS:
        message = f"姓名或岗位应为 1 至 {NAME_CHARACTERS} 个可见字符"
        problems.append(FieldProblem("display_name", message))
    return problems


def user_problems(
    new_login: str | None,
    display_name: str,
    roles: Sequence[Role],
    unit: str | None,
    alike: Sequence[FieldProblem],
) -> list[FieldProblem]:
    """Return every fault of an account; ``new_login`` is None for an existing one.

    ``alike`` are the faults of a display name that reads like another one.
    """
    problems = name_problems(new_login, display_name)
    if all(one.field != "display_name" for one in problems):
        problems += alike
    if not roles:
        problems.append(FieldProblem("roles", "请至少选择一个角色"))
    if Role.UNIT in roles and unit is None:
        problems.append(FieldProblem("unit", "承办单位的用户须指明所属单位"))
    return problems


def is_usable_login(login: str) -> bool:
    """Return whether a new account may have this login."""
    is_formed = _LOGIN.fullmatch(login) is not None and len(login) <= NAME_CHARACTERS
    return is_formed and not reserved_problems("login", login)
