"""The policy areas (领域): the nine of the notice, and those the district adds itself."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.audit import record
from qa_service.accounts.models import Area
from qa_service.accounts.permissions import Permission
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.storage.engine import read_columns
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey, AuditAction, PolicyArea

LAST_POSITION = 9_999
MOST_AREAS = 200
"""Greatest number of areas: the index numbers them in one byte."""

SEPARATORS = frozenset("/、，,|;；\n\t")
"""Signs that separate areas, or an area from its topic, in files."""

HAVE_IT_ADDED = "或请督查、管理员在“单位和领域”中新增"
"""What staff may do where no area fits."""


class UnknownAreaError(InvalidInputError):
    """No policy area in use has this key."""

    code = "unknown_area"
    title = "没有这个领域"


class AreaNotFoundError(NotFoundError):
    """No policy area, in use or not, has this key."""

    code = "area_not_found"
    title = "没有这个领域"


class InvalidAreaError(InvalidInputError):
    """The name, key or position of a policy area cannot be used; ``problems`` name the fields."""

    code = "invalid_area"
    title = "领域信息有误"


@dataclass(frozen=True, slots=True)
class AreaContent:
    """The content of a policy area; ``position`` None puts it last, or leaves it in its place."""

    key: AreaKey
    name: str
    position: int | None = None


AREAS_OF_THE_NOTICE = tuple(
    AreaContent(area.value, area.value, position) for position, area in enumerate(PolicyArea, 1)
)


def list_areas(session: Session, *, active_only: bool = False) -> list[Area]:
    """Return the areas in the order in which lists offer them."""
    statement = select(Area).order_by(col(Area.position), col(Area.key))
    if active_only:
        statement = statement.where(col(Area.is_active))
    return list(session.exec(statement).all())


_NAMES = sa_select(col(Area.key), col(Area.name)).order_by(col(Area.position), col(Area.key))


def area_names(session: Session) -> dict[AreaKey, str]:
    """Return the present name of every area, in use or not, by key."""
    return dict(read_columns(session, _NAMES).all())


def find_area(session: Session, key: AreaKey) -> Area:
    """Return the area of this key, in use or not; raises AreaNotFoundError."""
    area = session.get(Area, key)
    if area is None:
        raise AreaNotFoundError(f"没有领域“{key}”，请从单位和领域的清单中选择")
    return area


def check_area(session: Session, key: AreaKey | None, *, field: str = "field") -> None:
    """Raise UnknownAreaError unless ``key`` is that of an area in use, or None."""
    if key is None:
        return
    area = session.get(Area, key)
    if area is None or not area.is_active:
        raise unknown_area(session, key, field=field)


def present_area(session: Session, key: AreaKey | None) -> AreaKey | None:
    """Return the area that took over a merged one; None for one that was only retired."""
    area = session.get(Area, key) if key is not None else None
    while area is not None and area.merged_into is not None:
        area = session.get(Area, area.merged_into)
    return area.key if area is not None and area.is_active else None


def unknown_area(
    session: Session, key: AreaKey, *, field: str = "field", otherwise: str = HAVE_IT_ADDED
) -> UnknownAreaError:
    """Return the error of an area that does not exist or was retired, with what to do."""
    offered = "、".join(area.key for area in list_areas(session, active_only=True))
    message = area_message(key, offered, otherwise)
    return UnknownAreaError(message, problems=(FieldProblem(field, message),))


def area_message(key: AreaKey, offered: str, otherwise: str = HAVE_IT_ADDED) -> str:
    """Return the message about an area that is not in use; ``offered`` lists those that are."""
    return f"没有领域“{key}”，请从{offered}中选择，{otherwise}"


def store_area(session: Session, content: AreaContent) -> bool:
    """Store an area of a file; return whether anything changed. A retired one stays retired.

    Raises InvalidAreaError.
    """
    content = _checked(session, content)
    area = session.get(Area, content.key)
    if area is None:
        area = Area(key=content.key, name="", position=_last_position(session) + 1)
    before = (area.name, area.position)
    area.name = content.name
    if content.position is not None:
        area.position = content.position
    session.add(area)
    session.flush()
    return before != (area.name, area.position)


def add_area(session: Session, content: AreaContent, *, actor: Actor, now: datetime) -> Area:
    """Add an area on behalf of ``actor`` and return it; an empty key becomes its name.

    Raises NotPermittedError and InvalidAreaError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    content = replace(content, key=content.key or display_clean(content.name))
    if session.get(Area, content.key) is not None:
        raise _invalid("key", f"已有领域“{content.key}”，如已停用可以恢复使用")
    store_area(session, content)
    _note(session, content.key, actor=actor, now=now, change="新增", name=content.name)
    return find_area(session, content.key)


def change_area(session: Session, content: AreaContent, *, actor: Actor, now: datetime) -> Area:
    """Rename an area or move it in the order, and return it; its key stays.

    Raises NotPermittedError, AreaNotFoundError and InvalidAreaError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    before = find_area(session, content.key).name
    if store_area(session, content):
        _note(
            session,
            content.key,
            actor=actor,
            now=now,
            change="修改",
            before=before,
            name=content.name,
        )
    return find_area(session, content.key)


def set_area_active(
    session: Session, area: Area, *, is_active: bool, actor: Actor, now: datetime
) -> None:
    """Retire an area or take it into use again; the caller checks what it still holds."""
    check_permission(actor, Permission.KEEP_UNITS)
    if area.is_active == is_active:
        return
    area.is_active = is_active
    if is_active:
        area.merged_into = None
    session.add(area)
    session.flush()
    _note(session, area.key, actor=actor, now=now, change="恢复" if is_active else "停用")


def _note(session: Session, key: AreaKey, *, actor: Actor, now: datetime, **details: str) -> None:
    record(session, AuditAction.UNIT, actor=actor, now=now, subject=f"领域 {key}", **details)


def _last_position(session: Session) -> int:
    return session.exec(select(func.max(Area.position))).one() or 0


def _checked(session: Session, content: AreaContent) -> AreaContent:
    """Return the content, cleaned; raises InvalidAreaError with every problem."""
    name, position = display_clean(content.name), content.position
    problems = [
        FieldProblem(field, f"应为 1 至 {AREA_CHARACTERS} 个字，不含标点分隔符")
        for field, text in (("key", content.key), ("name", name))
        if not 1 <= len(text) <= AREA_CHARACTERS or not text.isprintable() or SEPARATORS & set(text)
    ]
    taken = session.exec(select(Area.key).where(Area.name == name, Area.key != content.key)).first()
    named = session.get(Area, name)
    if taken is not None or (named is not None and named.key != content.key):
        problems.append(FieldProblem("name", f"已有领域“{name}”，请换一个名称"))
    if session.get(Area, content.key) is None and len(list_areas(session)) >= MOST_AREAS:
        problems.append(FieldProblem("key", f"领域最多 {MOST_AREAS} 个，请先合并"))
    if position is not None and not 0 <= position <= LAST_POSITION:
        problems.append(FieldProblem("position", f"顺序应为 0 至 {LAST_POSITION} 的整数"))
    if problems:
        raise InvalidAreaError("领域信息有误，请按提示修改", problems=tuple(problems))
    return AreaContent(content.key, name, position)


def _invalid(field: str, message: str) -> InvalidAreaError:
    return InvalidAreaError(message, problems=(FieldProblem(field, message),))
