"""Routes of the directory of units and of the policy areas: read by every key, written by few.

Writing needs the key of a person who keeps them; the services check it again.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.areas import (
    add_area,
    change_area,
    find_area,
    list_areas,
    set_area_active,
)
from qa_service.accounts.unit_keeping import add_unit, change_unit
from qa_service.accounts.units import find_unit, list_units, unit_content
from qa_service.api.dependencies import caller_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.directory import (
    AreaIn,
    AreaListOut,
    AreaMergedOut,
    AreaMergeIn,
    AreaOut,
    AreaPatch,
    UnitIn,
    UnitListOut,
    UnitMergedOut,
    UnitMergeIn,
    UnitOut,
    UnitPatch,
)
from qa_service.api.writes import Answer, Write, write_for
from qa_service.ledger.units.changes import (
    merge_areas,
    merge_units,
    restore_unit,
    retire_area,
    retire_unit,
)
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Scope

router = APIRouter(tags=["单位和领域"])

UnitWrite = Annotated[Write, Depends(write_for(Act.KEEP_UNITS))]

_any_key = Depends(caller_with(*Scope))


@router.get("/units", summary="单位名录", dependencies=[_any_key], responses=problem_responses())
def units(session: ReadSession) -> UnitListOut:
    """Return every unit, those no longer in use too."""
    return UnitListOut(items=[UnitOut.of(session, unit) for unit in list_units(session)])


@router.get(
    "/units/{key}",
    summary="查看一个单位",
    dependencies=[_any_key],
    responses=problem_responses(404),
)
def unit(key: str, session: ReadSession) -> UnitOut:
    """Return one unit."""
    return UnitOut.of(session, find_unit(session, key))


@router.post(
    "/units",
    summary="新增单位",
    status_code=201,
    response_model=UnitOut,
    responses=problem_responses(409, 413),
)
def create_unit(body: UnitIn, write: UnitWrite) -> Response:
    """Add a unit to the directory."""

    def answer() -> Answer:
        added = add_unit(write.session, body.content(), actor=write.caller.actor, now=write.now)
        return 201, UnitOut.of(write.session, added)

    return write.once(body, answer)


@router.patch(
    "/units/{key}",
    summary="修改单位",
    response_model=UnitOut,
    responses=problem_responses(404, 409, 413),
)
def patch_unit(key: str, body: UnitPatch, write: UnitWrite) -> Response:
    """Change the given fields of a unit."""

    def answer() -> Answer:
        stored = unit_content(write.session, find_unit(write.session, key))
        content = body.applied_to(stored)
        changed = change_unit(write.session, content, actor=write.caller.actor, now=write.now)
        return 200, UnitOut.of(write.session, changed)

    return write.once(body, answer)


@router.post(
    "/units/{key}/retire",
    summary="停用单位；有未了事项则拒绝并列出",
    response_model=UnitOut,
    responses=problem_responses(404, 409),
)
def retire(key: str, write: UnitWrite) -> Response:
    """Retire a unit that has nothing left to do."""

    def answer() -> Answer:
        found = find_unit(write.session, key)
        retire_unit(write.session, found, actor=write.caller.actor, now=write.now)
        return 200, UnitOut.of(write.session, found)

    return write.once(None, answer)


@router.post(
    "/units/{key}/restore",
    summary="恢复使用单位",
    response_model=UnitOut,
    responses=problem_responses(404, 409),
)
def restore(key: str, write: UnitWrite) -> Response:
    """Take a retired unit into use again."""

    def answer() -> Answer:
        found = find_unit(write.session, key)
        restore_unit(write.session, found, actor=write.caller.actor, now=write.now)
        return 200, UnitOut.of(write.session, found)

    return write.once(None, answer)


@router.post(
    "/units/{key}/merge",
    summary="把单位并入另一个单位，未了事项全部移交",
    response_model=UnitMergedOut,
    responses=problem_responses(404, 409, 413),
)
def merge(key: str, body: UnitMergeIn, write: UnitWrite) -> Response:
    """Merge a unit into another, which takes over what is open."""

    def answer() -> Answer:
        found, heir = find_unit(write.session, key), find_unit(write.session, body.into)
        passed = merge_units(write.session, found, heir, actor=write.caller.actor, now=write.now)
        return 200, UnitMergedOut(unit=UnitOut.of(write.session, found), passed=passed)

    return write.once(body, answer)


@router.get(
    "/policy-areas", summary="领域清单", dependencies=[_any_key], responses=problem_responses()
)
def areas(session: ReadSession) -> AreaListOut:
    """Return every policy area, those no longer in use too."""
    return AreaListOut.of(list_areas(session))


@router.post(
    "/policy-areas",
    summary="新增领域",
    status_code=201,
    response_model=AreaOut,
    responses=problem_responses(413),
)
def create_area(body: AreaIn, write: UnitWrite) -> Response:
    """Add a policy area, which forms, filters and files accept from then on."""

    def answer() -> Answer:
        added = add_area(write.session, body.content(), actor=write.caller.actor, now=write.now)
        return 201, AreaOut.model_validate(added)

    return write.once(body, answer)


@router.patch(
    "/policy-areas/{key}",
    summary="改名或调整顺序；key 不变",
    response_model=AreaOut,
    responses=problem_responses(404, 413),
)
def patch_area(key: str, body: AreaPatch, write: UnitWrite) -> Response:
    """Change the given fields of an area."""

    def answer() -> Answer:
        content = body.applied_to(find_area(write.session, key))
        changed = change_area(write.session, content, actor=write.caller.actor, now=write.now)
        return 200, AreaOut.model_validate(changed)

    return write.once(body, answer)


@router.post(
    "/policy-areas/{key}/retire",
    summary="停用领域；有未了事项则拒绝并列出",
    response_model=AreaOut,
    responses=problem_responses(404, 409),
)
def retire_one_area(key: str, write: UnitWrite) -> Response:
    """Retire an area without pairs, topics and open entries."""

    def answer() -> Answer:
        area = find_area(write.session, key)
        retire_area(write.session, area, actor=write.caller.actor, now=write.now)
        return 200, AreaOut.model_validate(area)

    return write.once(None, answer)


@router.post(
    "/policy-areas/{key}/restore",
    summary="恢复使用领域",
    response_model=AreaOut,
    responses=problem_responses(404),
)
def restore_one_area(key: str, write: UnitWrite) -> Response:
    """Take a retired area into use again."""

    def answer() -> Answer:
        area = find_area(write.session, key)
        set_area_active(
            write.session, area, is_active=True, actor=write.caller.actor, now=write.now
        )
        return 200, AreaOut.model_validate(area)

    return write.once(None, answer)


@router.post(
    "/policy-areas/{key}/merge",
    summary="把领域并入另一个领域，问答和未销号台账随之调整",
    response_model=AreaMergedOut,
    responses=problem_responses(404, 409, 413),
)
def merge_one_area(key: str, body: AreaMergeIn, write: UnitWrite) -> Response:
    """Merge an area into another."""

    def answer() -> Answer:
        area, heir = find_area(write.session, key), find_area(write.session, body.into)
        passed = merge_areas(write.session, area, heir, actor=write.caller.actor, now=write.now)
        return 200, AreaMergedOut(area=AreaOut.model_validate(area), passed=passed)

    return write.once(body, answer)
