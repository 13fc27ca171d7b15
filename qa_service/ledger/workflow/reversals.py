"""Takes back what an undone act changed besides its entry: helpers, calls, approvals, drafts."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlmodel import Session, col, delete, select

from qa_service.accounts.models import Unit
from qa_service.errors import ConflictError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.service import restore_draft
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import is_released
from qa_service.ledger.models import Callback, CoUnit, LedgerEntry, LedgerEvent
from qa_service.ledger.workflow.replies import last_reply
from qa_service.ledger.workflow.steps import Command, co_units, entry_id
from qa_service.ledger.workflow.voiding import withdraw_draft
from qa_service.vocabulary import Action, EntryKind, PairStatus


class EffectStandsError(ConflictError):
    """Others have worked on what the act brought about."""

    code = "effect_stands"
    title = "不能撤销"


def reverse_effects(
    session: Session, entry: LedgerEntry, event: LedgerEvent, step: Command
) -> None:
    """Take back what the act of ``event`` changed besides the entry; raises EffectStandsError."""
    reverse = _REVERSALS.get(event.verb)
    if reverse is not None:
        reverse(session, entry, event, step)


def _unassign(session: Session, entry: LedgerEntry, event: LedgerEvent, step: Command) -> None:
    """Restore the helping units; the unit that had the entry for a moment is mailed."""
    before = set(event.details.helpers_before or ())
    for helper in co_units(session, entry):
        if helper.unit_id in before:
            before.discard(helper.unit_id)
        elif helper.opinion is None:
            session.delete(helper)
    session.add_all(
        CoUnit(entry_id=entry_id(entry), unit_id=unit_id, due_on=entry.due_on)
        for unit_id in sorted(before)
    )
    session.flush()
    unit = session.get_one(Unit, entry.unit_id)
    released = is_released(entry.unit_id)
    mail_unit(session, entry, "交办已撤销，不必办理", now=step.now, unit=unit, rests_on=(released,))


def _uncall(session: Session, entry: LedgerEntry, event: LedgerEvent, _step: Command) -> None:
    """Delete the record of the call; the event keeps what had been recorded."""
    session.execute(
        delete(Callback).where(
            col(Callback.entry_id) == entry.id, col(Callback.attempt) == event.details.attempt
        )
    )
    session.flush()


def _unapprove(session: Session, entry: LedgerEntry, _event: LedgerEvent, step: Command) -> None:
    """Make the reply await approval again and withdraw the draft pair made from it."""
    if entry.kind is EntryKind.CONSULTATION and entry.pair_id is not None:
        pair = session.get_one(QAPair, entry.pair_id)
        versions = select(QAVersion.number).where(QAVersion.pair_id == pair.id)
        is_untouched = pair.status is PairStatus.DRAFT and pair.submitted_at is None
        if not is_untouched or pair.round or session.exec(versions).all() != [1]:
            raise EffectStandsError("答复形成的问答草稿已修改或送审，不能撤销审核")
        withdraw_draft(session, entry, replace(step, reason="答复的审核已撤销"))
    reply = last_reply(session, entry)
    if reply is not None:
        reply.approved_by = reply.approved_by_person_id = reply.approved_by_key_id = None
        reply.approved_at = None
        session.add(reply)
    session.flush()


def _restore_draft(session: Session, entry: LedgerEntry, event: LedgerEvent, step: Command) -> None:
    """Make the draft that was withdrawn with the act a draft again."""
    if entry.kind is not EntryKind.CONSULTATION or entry.joined_to_id or entry.pair_id is None:
        return
    pair = session.get_one(QAPair, entry.pair_id)
    if pair.status is PairStatus.WITHDRAWN and pair.updated_at == event.occurred_at:
        restore_draft(session, pair, by=step.actor, now=step.now)


_Reverse = Callable[[Session, LedgerEntry, LedgerEvent, Command], None]

_REVERSALS: Mapping[Action, _Reverse] = {
    Action.ASSIGN: _unassign,
    Action.CALL: _uncall,
    Action.INFORM: _uncall,
    Action.APPROVE: _unapprove,
    Action.DECLINE: _restore_draft,
    Action.VOID: _restore_draft,
}
