"""Callbacks to askers whose answer has since been corrected or withdrawn (纠错回访)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.consultation.callbacks.told_answers import (
    ToldAnswer,
    recorded_as_told,
    shown_outright,
)
from qa_service.consultation.models import Consultation, CorrectionCallback
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.in_force import views_in_force
from qa_service.knowledge.policies.withdrawal import merely_expired
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import AuditAction, PairStatus

NOTE_CHARACTERS = 500


class InvalidCorrectionCallbackError(InvalidInputError):
    """The note on the call is missing or too long."""

    code = "invalid_recall"
    title = "回访记录有误"


class NoCorrectionCallbackDueError(ConflictError):
    """No call to this asker about this answer is due."""

    code = "not_to_recall"
    title = "不在回访名单中"


@dataclass(frozen=True, slots=True)
class AffectedCaller:
    """An asker, the answer given, and its present version.

    ``is_certain`` is False when the answer was shown as 命中 but no choice was recorded.
    ``new_version`` is None for a withdrawn answer.
    """

    consultation_id: str
    question: str
    told_at: datetime
    operator: str
    contact_masked: str | None
    pair_id: int
    pair_question: str
    told_version: int
    new_version: int | None
    is_certain: bool


def affected_callers(
    session: Session, *, now: datetime, days: int, within: Within = EVERY_UNIT
) -> list[AffectedCaller]:
    """Return the askers to call, those answered longest ago first.

    These are the askers who within the last ``days`` were given an answer that has changed
    since, and who have not been called about the change; with ``within``, an answer of these
    units alone. An answer that merely expired was right when it was given.
    """
    return _affected(session, now - timedelta(days=days), within=within)


def _affected(
    session: Session,
    since: datetime,
    *,
    within: Within,
    consultation_id: str | None = None,
) -> list[AffectedCaller]:
    changed = _changed_pairs(session, since, within)
    if not changed:
        return []
    told = [
        *recorded_as_told(session, since, consultation_id),
        *shown_outright(session, since, consultation_id),
    ]
    told = [one for one in told if one.pair_id in changed]
    hashes = _told_hashes(session, {one.pair_id for one in told})
    lasted = _last_days(session, {one.pair_id for one in told})
    called = _called(session, consultation_id)
    found = []
    for one in told:
        pair, newest = changed[one.pair_id]
        if _still_held(session, one):
            continue
        if merely_expired(pair) or _ran_out(newest, lasted.get((one.pair_id, one.version))):
            continue
        is_withdrawn = pair.status is PairStatus.WITHDRAWN
        if not is_withdrawn and hashes.get((one.pair_id, one.version)) == newest.content_hash:
            continue
        new_version = None if is_withdrawn else newest.number
        if (one.consultation.id, one.pair_id, new_version) not in called:
            found.append(_affected_by(one, newest.question, new_version))
    return sorted(found, key=lambda one: (one.told_at, one.consultation_id))


def record_correction_callback(
    session: Session,
    consultation_id: str,
    pair_id: int,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    days: int,
    within: Within = EVERY_UNIT,
) -> CorrectionCallback:
    """Store and return a call, which takes the asker off the list; ``note`` is its result.

    ``within`` holds the units whose answers may be called about. Raises
    InvalidCorrectionCallbackError or NoCorrectionCallbackDueError.
    """
    note = note.strip()
    if not note or len(note) > NOTE_CHARACTERS:
        message = f"请用 1 至 {NOTE_CHARACTERS} 个字记录回访结果"
        raise InvalidCorrectionCallbackError(message, problems=(FieldProblem("note", message),))
    since = now - timedelta(days=days)
    one = _require(session, consultation_id, pair_id, since=since, within=within)
    callback = CorrectionCallback(
        consultation_id=consultation_id,
        pair_id=pair_id,
        told_version=one.told_version,
        new_version=one.new_version,
        note=note,
        operator=actor.name,
        operator_person_id=actor.person_id,
        operator_key_id=actor.api_key_id,
        called_at=now,
    )
    session.add(callback)
    session.flush()
    return callback


def reveal_asker(
    session: Session,
    consultation_id: str,
    pair_id: int,
    *,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
    days: int,
) -> str | None:
    """Return the plain-text number of an asker on the list, and audit the access.

    Raises NoCorrectionCallbackDueError, and PersonKeyRequiredError for a system.
    """
    actor.require_person(Act.REVEAL_AFFECTED)
    since = now - timedelta(days=days)
    _require(session, consultation_id, pair_id, since=since, within=EVERY_UNIT)
    consultation = session.get_one(Consultation, consultation_id)
    asker = session.get(Asker, consultation.asker_id) if consultation.asker_id else None
    consultation.revealed_by = actor.name
    consultation.revealed_by_person_id = actor.person_id
    consultation.revealed_by_key_id = actor.api_key_id
    consultation.revealed_at = now
    session.add(consultation)
    record(
        session,
        AuditAction.REVEAL,
        actor=actor,
        now=now,
        subject=f"咨询 {consultation_id}",
        reason="纠错回访",
    )
    return cipher.decrypt(asker.contact_sealed) if asker and asker.contact_sealed else None


def _require(
    session: Session, consultation_id: str, pair_id: int, *, since: datetime, within: Within
) -> AffectedCaller:
    for one in _affected(session, since, within=within, consultation_id=consultation_id):
        if one.pair_id == pair_id:
            return one
    raise NoCorrectionCallbackDueError("该咨询已不在回访名单中，可能已由他人回访，不必再回访")


def _changed_pairs(
    session: Session, since: datetime, within: Within
) -> dict[int, tuple[QAPair, QAVersion]]:
    statement = (
        select(QAPair, QAVersion)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(col(QAPair.updated_at) >= since, QAPair.status != PairStatus.DRAFT)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return {pair.id: (pair, version) for pair, version in session.exec(statement).all() if pair.id}


def _told_hashes(session: Session, pair_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """Return the hash of the displayed content of each version, by pair id and version number.

    A version that displays the same as the one given needs no call.
    """
    statement = select(QAVersion.pair_id, QAVersion.number, QAVersion.content_hash).where(
        col(QAVersion.pair_id).in_(pair_ids)
    )
    return {(pair_id, number): told for pair_id, number, told in session.exec(statement).all()}


def _last_days(session: Session, pair_ids: Collection[int]) -> dict[tuple[int, int], date]:
    """Return the last day of each version that had one, by pair id and version number."""
    statement = select(QAVersion).where(
        col(QAVersion.pair_id).in_(pair_ids), col(QAVersion.expires_on).is_not(None)
    )
    return {
        (version.pair_id, version.number): version.expires_on
        for version in session.exec(statement).all()
        if version.expires_on is not None
    }


def _ran_out(newest: QAVersion, last_day: date | None) -> bool:
    """Return whether the version told had ended before the newest one took effect."""
    return last_day is not None and last_day < newest.effective_from


def _still_held(session: Session, told: ToldAnswer) -> bool:
    """Return whether the rule of a past day was told, and is still what was in force then."""
    day = told.consultation.as_of
    if day is None:
        return False
    views = views_in_force(session, [told.pair_id], day=day)
    return [view.version for view in views] == [told.version]


def _called(session: Session, consultation_id: str | None) -> set[tuple[str, int, int | None]]:
    statement = select(
        CorrectionCallback.consultation_id,
        CorrectionCallback.pair_id,
        CorrectionCallback.new_version,
    )
    if consultation_id is not None:
        statement = statement.where(CorrectionCallback.consultation_id == consultation_id)
    return set(session.exec(statement).all())


def _affected_by(one: ToldAnswer, pair_question: str, new_version: int | None) -> AffectedCaller:
    """Return the asker to call; ``new_version`` is None for a withdrawn answer."""
    return AffectedCaller(
        consultation_id=one.consultation.id,
        question=one.consultation.question,
        told_at=one.consultation.created_at,
        operator=one.consultation.operator,
        contact_masked=one.asker.contact_masked if one.asker else None,
        pair_id=one.pair_id,
        pair_question=pair_question,
        told_version=one.version,
        new_version=new_version,
        is_certain=one.is_certain,
    )
