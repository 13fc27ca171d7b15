"""Units added and changed by staff or from a file, checked and audited; none is ever deleted."""

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from itertools import count

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.areas import area_message, list_areas
from qa_service.accounts.audit import record
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import UnitContent, find_unit, store_unit, unit_content
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AuditAction, UnitLevel

LIMITS = {"name": 128, "person_in_charge": 64, "phone": 64}
"""Greatest length of each text in characters."""

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", re.ASCII)
EMAIL_CHARACTERS = 254

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PHONE = re.compile(r"[0-9+\-()（）、,，/转 ]+")
_RANKS = {level: rank for rank, level in enumerate(UnitLevel)}
_LABELS = {
    "name": "名称",
    "fields": "牵头领域",
    "is_default": "兜底单位",
    "email": "邮箱",
    "level": "层级",
    "parent": "上级单位",
    "person_in_charge": "责任人",
    "phone": "电话",
}
_PERSONAL = {"email", "person_in_charge", "phone"}
"""Fields whose values are left out of the audit trail."""


class InvalidUnitError(InvalidInputError):
    """The entry of a unit breaks the rules; ``problems`` name the fields."""

    code = "invalid_unit"
    title = "单位信息有误"


class UnitRetiredError(ConflictError):
    """The unit is retired, so it is not changed before it is taken into use again."""

    code = "unit_retired"
    title = "单位已停用"


def add_unit(session: Session, content: UnitContent, *, actor: Actor, now: datetime) -> Unit:
    """Add a unit on behalf of ``actor`` and return it.

    An empty key becomes ``unit-N``. Raises NotPermittedError and InvalidUnitError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    content = replace(content, key=content.key.strip() or _free_key(session))
    problems = _problems(session, content, is_new=True)
    return _save(session, content, problems, before=None, actor=actor, now=now)


def change_unit(session: Session, content: UnitContent, *, actor: Actor, now: datetime) -> Unit:
    """Change the unit of the key ``content.key`` and return it; records keep its old name.

    Raises NotPermittedError, UnitNotFoundError, UnitRetiredError and InvalidUnitError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    unit = find_unit(session, content.key)
    if not unit.is_active:
        raise UnitRetiredError(f"“{unit.name}”已停用，请先恢复使用再修改")
    problems = _problems(session, content, is_new=False)
    before = unit_content(session, unit)
    if before.is_default and not content.is_default:
        told = "兜底单位不能空缺，请改为把另一个单位设为兜底单位"
        problems = [*problems, FieldProblem("is_default", told)]
    return _save(session, content, problems, before=before, actor=actor, now=now)


def _save(
    session: Session,
    content: UnitContent,
    problems: list[FieldProblem],
    *,
    before: UnitContent | None,
    actor: Actor,
    now: datetime,
) -> Unit:
    if problems:
        raise InvalidUnitError("单位信息有误，请按提示修改", problems=tuple(problems))
    content = _cleaned(content)
    if store_unit(session, content):
        record(
            session,
            AuditAction.UNIT,
            actor=actor,
            now=now,
            subject=f"单位 {content.key}",
            change="修改" if before else "新增",
            **_differences(before, content),
        )
    return find_unit(session, content.key)


def _differences(before: UnitContent | None, after: UnitContent) -> dict[str, str]:
    """Return what changed, by the name of the field: old value → new value."""
    old, new = asdict(before) if before else {}, asdict(after)
    changed = [name for name in _LABELS if old.get(name) != new[name] and (old or new[name])]
    return {
        name: "已改"
        if name in _PERSONAL
        else f"{_told(old[name])} → {_told(new[name])}"
        if old
        else _told(new[name])
        for name in changed
    }


def _told(value: object) -> str:
    if isinstance(value, UnitLevel):
        return value.label
    if isinstance(value, tuple):
        return "、".join(value) or "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value) if value else "—"


def _cleaned(content: UnitContent) -> UnitContent:
    """Return the content as it is stored: texts cleaned, empty ones None, areas in order."""
    return replace(
        content,
        name=display_clean(content.name),
        fields=tuple(sorted(set(content.fields))),
        email=_cleaned_or_none(content.email),
        person_in_charge=_cleaned_or_none(content.person_in_charge),
        phone=_cleaned_or_none(content.phone),
        parent=_cleaned_or_none(content.parent),
    )


def _cleaned_or_none(text: str | None) -> str | None:
    return display_clean(text or "") or None


def _problems(session: Session, content: UnitContent, *, is_new: bool) -> list[FieldProblem]:
    """Return every problem of a unit's entry."""
    return [
        *(_key_problems(session, content.key) if is_new else ()),
        *_text_problems(session, _cleaned(content)),
        *_area_problems(session, content),
        *_parent_problems(session, content),
    ]


def _key_problems(session: Session, key: str) -> Iterator[FieldProblem]:
    if not _KEY.fullmatch(key):
        yield FieldProblem("key", "标识应为 1 至 64 个英文字母、数字、-、_ 或 .，以字母或数字开头")
    elif session.exec(select(Unit.id).where(Unit.key == key)).first() is not None:
        yield FieldProblem("key", f"已有标识为“{key}”的单位，请换一个标识")


def _text_problems(session: Session, content: UnitContent) -> Iterator[FieldProblem]:
    for name, limit in LIMITS.items():
        text = getattr(content, name) or ""
        if len(text) > limit or not text.isprintable():
            yield FieldProblem(name, f"{_LABELS[name]}应在 {limit} 个字以内，写在一行")
    if not content.name:
        yield FieldProblem("name", "请填写单位名称")
    named = session.exec(
        select(Unit).where(Unit.name == content.name, Unit.key != content.key)
    ).first()
    if named is not None:
        state = "" if named.is_active else "（已停用）"
        yield FieldProblem("name", f"已有名为“{content.name}”的单位{state}，请换一个名称")
    if content.email and (
        len(content.email) > EMAIL_CHARACTERS or not EMAIL.fullmatch(content.email)
    ):
        yield FieldProblem("email", "不是电子邮箱地址，应如 gov@example.cn")
    if content.phone and not _PHONE.fullmatch(content.phone):
        yield FieldProblem("phone", "电话应由数字和 - + ( ) 组成，几个电话用顿号分开")


def _area_problems(session: Session, content: UnitContent) -> Iterator[FieldProblem]:
    in_use = [area.key for area in list_areas(session, active_only=True)]
    for key in content.fields:
        if key not in in_use:
            yield FieldProblem("fields", area_message(key, "、".join(in_use)))


def _parent_problems(session: Session, content: UnitContent) -> Iterator[FieldProblem]:
    """Yield what is wrong with the parent; ranks make a circle of parents impossible."""
    own = select(Unit.id).where(Unit.key == content.key).scalar_subquery()
    for below in session.exec(select(Unit).where(Unit.parent_id == own, Unit.is_active)).all():
        if _RANKS[below.level] <= _RANKS[content.level]:
            told = f"下级单位“{below.name}”是{below.level.label}，层级应高于它"
            yield FieldProblem("level", told)
    if not content.parent:
        return
    parent = session.exec(select(Unit).where(Unit.key == content.parent)).first()
    if parent is None or not parent.is_active:
        yield FieldProblem("parent", f"没有在用的上级单位“{content.parent}”，请从单位名录中选择")
    elif _RANKS[parent.level] >= _RANKS[content.level]:
        told = f"上级单位的层级应高于{content.level.label}，“{parent.name}”是{parent.level.label}"
        yield FieldProblem("parent", told)


def _free_key(session: Session) -> str:
    """Return the first key unit-N that no unit has."""
    taken = set(session.exec(select(Unit.key).where(col(Unit.key).startswith("unit-"))).all())
    return next(key for number in count(1) if (key := f"unit-{number}") not in taken)
