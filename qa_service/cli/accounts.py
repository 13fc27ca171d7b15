"""``qa-service user`` and ``qa-service key``: accounts of people, keys of systems and people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import member_of, report_errors, say
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from qa_service.vocabulary import Role

users = CommandGroup(help="用户账号。")
keys = CommandGroup(help="接口密钥。")


@users.command("add")
def add_user(
    login: Annotated[str, typer.Argument(help="登录名")],
    name: Annotated[str, typer.Option(help="姓名或岗位")],
    role: Annotated[list[str], typer.Option(help="角色，可多次给出")],
    unit: Annotated[str | None, typer.Option(help="承办单位的标识，角色为 unit 时必填")] = None,
    within: Annotated[
        list[str] | None,
        typer.Option(help="只在某单位内有效的角色，可多次给出，如 editor=education"),
    ] = None,
    email: Annotated[str, typer.Option(help="邮箱，轮到其办理时发到这里")] = "",
) -> None:
    """新增用户；只输出初始密码。"""
    from qa_service.accounts.authentication.passwords import OneTimePassword
    from qa_service.accounts.users import create_user
    from qa_service.vocabulary import Role

    password = OneTimePassword.make()
    roles = [member_of(Role, value, "角色") for value in role]
    limits = _limits(within or [])
    beyond = [limited.value for limited in limits if limited not in roles]
    if beyond:
        raise typer.BadParameter(f"--within 中的角色 {'、'.join(beyond)} 请同时用 --role 给出")
    with report_errors(), _transaction() as (session, now):
        create_user(
            session,
            login,
            password.plain,
            hashed=password.hashed,
            display_name=name,
            roles=roles,
            now=now,
            unit=unit,
            within=limits,
            email=email,
        )
    say(f"已新增用户 {login}，首次登录须修改密码。初始密码：")
    typer.echo(password.plain)


@users.command("reset-password")
def reset_password(login: Annotated[str, typer.Argument(help="登录名")]) -> None:
    """重置密码；只输出新的初始密码。"""
    from qa_service.accounts.authentication.passwords import OneTimePassword
    from qa_service.accounts.users import reset_password as reset

    fresh = OneTimePassword.make()
    with report_errors(), _transaction() as (session, now):
        password = reset(session, login, now=now, fresh=fresh)
    typer.echo(password)


@keys.command("add")
@keys.command("create", hidden=True)
def add_key(
    name: Annotated[str, typer.Option(help="密钥名称，如 12345-platform")],
    scope: Annotated[
        list[str], typer.Option(help="权限：consult、ledger、supervise、knowledge、reports")
    ],
    user: Annotated[
        str | None, typer.Option(help="个人密钥：以这个登录名的本人办理；不填为系统密钥")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="系统密钥只代表这个承办单位")] = None,
    days: Annotated[int | None, typer.Option(help="有效天数，1 至 3650；不填为 365 天")] = None,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="长期有效，仅限系统密钥")] = False,
    per_minute: Annotated[int, typer.Option(help="每分钟最多调用次数")] = 6000,
) -> None:
    """新建系统或个人的接口密钥；只输出密钥本身，以后不再显示。"""
    from qa_service.accounts.api_keys import USUAL_DAYS, create_key
    from qa_service.vocabulary import Scope

    if unlimited and days is not None:
        raise typer.BadParameter("--days 与 --unlimited 只能选一项")
    scopes = [member_of(Scope, value, "权限") for value in scope]
    lasting = None if unlimited else USUAL_DAYS if days is None else days
    with report_errors(), _transaction() as (session, now):
        key = create_key(
            session,
            name,
            scopes,
            now=now,
            user=user,
            unit=unit,
            days=lasting,
            per_minute=per_minute,
        )
    say("密钥长期有效" if lasting is None else f"密钥 {lasting} 天内有效，期满请另建")
    typer.echo(key)


@keys.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="密钥名称")]) -> None:
    """停用接口密钥，立即生效。"""
    from qa_service.accounts.api_keys import revoke_key

    with report_errors(), _transaction() as (session, now):
        revoke_key(session, name, now=now)
    say(f"已停用密钥 {name}")


def _limits(chosen: list[str]) -> dict["Role", list[str]]:
    """Return the units within which each role counts, from ``role=unit`` options."""
    from qa_service.vocabulary import Role

    limits: dict[Role, list[str]] = {}
    for one in chosen:
        role, _, unit = one.partition("=")
        limits.setdefault(member_of(Role, role, "角色"), []).append(unit)
    return limits


@contextmanager
def _transaction() -> Iterator[tuple["Session", datetime]]:
    """Open a session on the database of the settings for one transaction."""
    from qa_service.clock import SystemClock
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    with session_scope(open_database(read_settings())) as session:
        yield session, SystemClock().now()
