"""Correction callbacks (纠错回访): askers whose answer was later corrected or withdrawn."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import Caller, caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.stated import StatedIn
from qa_service.api.text_types import Paragraphs, RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.consultation.callbacks.correction_callbacks import (
    affected_callers,
    record_correction_callback,
)
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import Scope

CallBackReader = Annotated[Caller, Depends(reader_with(Permission.CALL_BACK, Scope.CONSULT))]

router = APIRouter(tags=["纠错回访"], dependencies=[Depends(caller_with(Scope.CONSULT))])


class AffectedCallerOut(BaseModel):
    """An asker, the version they were told, and the version that replaced it."""

    model_config = ConfigDict(from_attributes=True)

    consultation_id: str
    question: str
    told_at: datetime
    operator: str
    contact_masked: str | None
    pair_id: int
    pair_question: str
    told_version: int
    new_version: int | None = Field(description="已撤回的为 null")
    is_certain: bool = Field(description="false：当时判为命中，但未记录是否告知")


class AffectedCallerListOut(BaseModel):
    """All askers to call back, the earliest told first."""

    items: list[AffectedCallerOut]
    next: None = None


class CorrectionCallbackIn(StatedIn):
    """Outcome of a correction callback, as submitted."""

    note: Paragraphs = Field(description="回访结果")


class CorrectionCallbackOut(BaseModel):
    """A recorded correction callback."""

    model_config = ConfigDict(from_attributes=True)

    consultation_id: str
    pair_id: int
    told_version: int
    new_version: int | None
    note: str
    operator: str
    called_at: datetime


@router.get("/recalls", summary="需要回访的咨询人", responses=problem_responses())
def list_all(
    services: ServicesDep, session: ReadSession, caller: CallBackReader
) -> AffectedCallerListOut:
    """Return the askers to call about an answer, of the key's unit, that no longer holds."""
    days = services.ledger_rules.correction_callback_days
    within = caller.units(Permission.CALL_BACK)
    found = affected_callers(session, now=services.clock.now(), days=days, within=within)
    return AffectedCallerListOut(items=[AffectedCallerOut.model_validate(one) for one in found])


@router.post(
    "/recalls/{consultation_id}/{pair_id}",
    summary="记录一次纠错回访",
    status_code=201,
    response_model=CorrectionCallbackOut,
    responses=problem_responses(409, 413),
)
def record(
    consultation_id: UUID,
    pair_id: Annotated[RowId, Path()],
    body: CorrectionCallbackIn,
    services: ServicesDep,
    write: Annotated[Write, Depends(write_for(Act.CALL_AFFECTED))],
) -> Response:
    """Record a call, successful or not, and remove the asker from the list."""

    def answer() -> Answer:
        callback = record_correction_callback(
            write.session,
            str(consultation_id),
            pair_id,
            note=body.note,
            actor=write.actor(body.stated),
            now=write.now,
            days=services.ledger_rules.correction_callback_days,
            within=write.caller.units(Permission.CALL_BACK),
        )
        return 201, CorrectionCallbackOut.model_validate(callback)

    return write.once(body, answer)
