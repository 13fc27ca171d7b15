"""Routes that put right what was recorded of an entry: undo, void, refuse, correct a contact."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from qa_service.api.routes.ledger_moves import RESPONSES, Number, moved
from qa_service.api.schemas.ledger import EntryOut
from qa_service.api.schemas.ledger_moves import ContactIn, MoveIn
from qa_service.api.writes import Write, write_for
from qa_service.consultation.entry_undoing import undo_on_entry
from qa_service.consultation.entry_voiding import void_unless_awaited
from qa_service.ledger.deadlines.due_dates import refuse_extension
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.contacts import correct_contact
from qa_service.ledger.workflow.steps import Command
from qa_service.request_scope import ServicesDep
from qa_service.vocabulary import Action

router = APIRouter(tags=["台账办理"])

UndoWrite = Annotated[Write, Depends(write_for(Action.UNDO))]
VoidWrite = Annotated[Write, Depends(write_for(Action.VOID))]
RefuseWrite = Annotated[Write, Depends(write_for(Action.REFUSE_EXTENSION))]
ContactWrite = Annotated[Write, Depends(write_for(Action.CORRECT_CONTACT))]


@router.post(
    "/ledger/{number}/undo",
    summary="撤销本人 10 分钟内的办理",
    response_model=EntryOut,
    responses=RESPONSES,
)
def undo_last(number: Number, body: MoveIn, services: ServicesDep, write: UndoWrite) -> Response:
    """Undo the caller's last action on the entry, within ten minutes."""

    def act(entry: LedgerEntry, step: Command) -> None:
        undo_on_entry(write.session, entry, step)

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/void",
    summary="作废（编号保留，须说明理由）",
    response_model=EntryOut,
    responses=RESPONSES,
)
def void_entry(number: Number, body: MoveIn, services: ServicesDep, write: VoidWrite) -> Response:
    """Void (作废) an entry that should not be in the ledger."""

    def act(entry: LedgerEntry, step: Command) -> None:
        void_unless_awaited(write.session, entry, step)

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/refuse-extension",
    summary="不同意延期",
    response_model=EntryOut,
    responses=RESPONSES,
)
def refuse(number: Number, body: MoveIn, services: ServicesDep, write: RefuseWrite) -> Response:
    """Refuse the unit's request for an extension (不同意延期)."""

    def act(entry: LedgerEntry, step: Command) -> None:
        refuse_extension(write.session, entry, step)

    return moved(number, body, services, write, act)


@router.put(
    "/ledger/{number}/contact",
    summary="更正联系方式",
    response_model=EntryOut,
    responses=RESPONSES,
)
def correct(
    number: Number, body: ContactIn, services: ServicesDep, write: ContactWrite
) -> Response:
    """Replace the asker's name or contact (更正联系方式); what is not given stays."""

    def act(entry: LedgerEntry, step: Command) -> None:
        correct_contact(write.session, entry, step, body.details(), cipher=services.cipher)

    return moved(number, body, services, write, act)
