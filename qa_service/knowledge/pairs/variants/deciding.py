"""Decisions on suggested variants (候选相似问), where needed by two persons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, func, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.acts import Act
from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.accounts.users import name_of
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, NotFoundError
from qa_service.knowledge.models import (
    QAPair,
    QuestionVariant,
    SuggestedVariant,
    SuggestionState,
    stored_id,
)
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.overlap.overlaps import WordingInUseError, find_overlaps
from qa_service.knowledge.pairs.record.content import (
    QUESTION_CHARACTERS,
    VARIANT_COUNT,
    question_key,
    wording_key,
)
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import BANK, find_pair, mark_changed
from qa_service.knowledge.pairs.variants.suggested import own_keys, suggested
from qa_service.knowledge.pairs.wording_checks import TextCheck, refuse_untellable
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import display_clean, is_meaningful
from qa_service.vocabulary import PairStatus, VariantOrigin


class SuggestionNotFoundError(NotFoundError):
    """No suggestion has this id."""

    code = "suggestion_not_found"
    title = "没有这条候选相似问"


class SuggestionResolvedError(ConflictError):
    """The suggestion is already accepted or declined."""

    code = "suggestion_settled"
    title = "候选相似问已处理"


class OwnVariantError(ForbiddenError):
    """The person who took the wording, or wrote the answer, may not confirm it."""

    code = "own_variant"
    title = "不能由您复核"


def accept_suggestion(
    session: Session,
    suggestion_id: int,
    *,
    text_check: TextCheck,
    by: Actor,
    now: datetime,
    within: Within = EVERY_UNIT,
) -> int:
    """Take the wording as a variant of its pair, searchable at once if the pair is published.

    A wording taken by an author of the answer, or proposed by a person, waits for a second
    person's yes. Returns the pair's id. ``within`` holds the ids of the units whose pairs may
    be changed. Raises SuggestionNotFoundError, SuggestionResolvedError, OwnVariantError,
    InvalidPairError for a wording that may not be told, or when the pair has the largest number
    of variants, WordingInUseError for a wording of another published pair, or
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.ADD_VARIANT)
    suggestion = _take_open(session, suggestion_id, within)
    refuse_untellable(session, suggestion.text, text_check)
    lock_for_transaction(session, BANK)
    pair = find_pair(session, suggestion.pair_id)
    if suggestion.state is SuggestionState.TAKEN:
        _refuse_own(session, pair, suggestion, by)
    elif _is_author(session, pair, by):
        _take(session, suggestion, by=by, now=now)
        return suggestion.pair_id
    if suggestion.text_key not in own_keys(session, pair):
        _refuse_of_others(session, pair, suggestion.text, now=now)
        _add_variant(session, pair, suggestion.text, by=by)
        if pair.status is PairStatus.PUBLISHED:
            mark_changed(session, pair, now)
    _resolve(session, suggestion, SuggestionState.ACCEPTED, by=by, now=now)
    return suggestion.pair_id


def why_not_confirm(
    session: Session, pair: QAPair, suggestion: SuggestedVariant, by: Actor
) -> str | None:
    """Return the reason, in Chinese, that forbids ``by`` to confirm a taken wording, or None."""
    if by.is_same_person_as(_taker(suggestion)):
        return "待另一人复核"
    if _is_author(session, pair, by):
        return "您是起草人，待另一人复核"
    return None


def unconfirmable(
    session: Session, suggestions: Sequence[SuggestedVariant], by: Actor
) -> frozenset[int | None]:
    """Return the ids of the taken wordings that need another person than ``by``."""
    taken = (one for one in suggestions if one.state is SuggestionState.TAKEN)
    return frozenset(
        one.id
        for one in taken
        if why_not_confirm(session, find_pair(session, one.pair_id), one, by)
    )


def add_variant(
    session: Session,
    pair: QAPair,
    text: str,
    *,
    text_check: TextCheck,
    by: Actor,
    now: datetime,
) -> None:
    """Propose another wording of ``pair``, searchable once a second person confirms it.

    Does nothing for a wording the pair already has or that waits already. Raises
    InvalidPairError, also for a wording that may not be told, WordingInUseError for a wording of
    another published pair, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.ADD_VARIANT)
    lock_for_transaction(session, BANK)
    text = display_clean(text)
    if not is_meaningful(text) or len(text) > QUESTION_CHARACTERS:
        message = f"相似问应为 1 至 {QUESTION_CHARACTERS} 个字"
        raise InvalidPairError(message, problems=(FieldProblem("text", message),))
    refuse_untellable(session, text, text_check)
    key, pair_id = question_key(text), stored_id(pair)
    if key in own_keys(session, pair):
        return
    _refuse_of_others(session, pair, text, now=now)
    lock_for_transaction(session, f"suggestions:{pair_id}")
    known = suggested(session, pair_id, key) or SuggestedVariant(
        pair_id=pair_id, text=text, text_key=key, times=0, updated_at=now
    )
    if known.state is not SuggestionState.TAKEN:
        _take(session, known, by=by, now=now)


def decline_suggestion(
    session: Session, suggestion_id: int, *, by: Actor, now: datetime, within: Within = EVERY_UNIT
) -> int:
    """Decline a wording permanently and return its pair's id; raises as ``accept_suggestion``."""
    by.require_person(Act.ADD_VARIANT)
    suggestion = _take_open(session, suggestion_id, within)
    _resolve(session, suggestion, SuggestionState.DECLINED, by=by, now=now)
    return suggestion.pair_id


def _take_open(session: Session, suggestion_id: int, within: Within) -> SuggestedVariant:
    """Return an open suggestion, locked until the transaction ends.

    Raises SuggestionNotFoundError, also for one of another unit, or SuggestionResolvedError.
    """
    suggestion = session.get(SuggestedVariant, suggestion_id)
    owner = find_pair(session, suggestion.pair_id).unit_id if suggestion else 0
    if suggestion is None or (within is not None and owner not in within):
        raise SuggestionNotFoundError(f"没有编号为 {suggestion_id} 的候选相似问")
    lock_for_transaction(session, f"suggestions:{suggestion.pair_id}")
    session.refresh(suggestion)
    if suggestion.state not in (SuggestionState.OPEN, SuggestionState.TAKEN):
        by = name_of(session, suggestion.decided_by, suggestion.decided_by_person_id)
        raise SuggestionResolvedError(f"“{suggestion.text}”已由 {by} 处理")
    return suggestion


def _add_variant(session: Session, pair: QAPair, text: str, *, by: Actor) -> None:
    """Store a variant after the pair's last one; raises InvalidPairError at the limit."""
    pair_id = stored_id(pair)
    statement = select(func.count(), func.max(QuestionVariant.position)).where(
        QuestionVariant.pair_id == pair_id
    )
    held, last = session.exec(statement).one()
    if held >= VARIANT_COUNT:
        raise InvalidPairError(f"相似问法最多 {VARIANT_COUNT} 条，请先删去不用的")
    session.add(
        QuestionVariant(
            pair_id=pair_id,
            text=text,
            wording_key=wording_key(text),
            origin=VariantOrigin.OPERATOR_CHOICE,
            accepted_by=by.name,
            accepted_by_person_id=by.person_id,
            accepted_by_key_id=by.api_key_id,
            position=0 if last is None else last + 1,
        )
    )


def _refuse_of_others(session: Session, pair: QAPair, text: str, *, now: datetime) -> None:
    """Raise WordingInUseError for a wording that another published pair has."""
    # Nobody reviews the addition, so that no reason why both may have it is accepted either.
    wording = replace(queries.pair_content(session, pair), question=text, variants=())
    found = find_overlaps(session, None, wording, day=beijing_day(now), besides=pair.id)
    if found:
        raise WordingInUseError(found[0].message)


def _is_author(session: Session, pair: QAPair, by: Actor) -> bool:
    """Return whether ``by`` wrote a version of the pair."""
    versions = queries.list_versions(session, pair)
    return any(by.is_same_person_as(queries.author_of(version)) for version in versions)


def _taker(suggestion: SuggestedVariant) -> RecordedActor:
    """Return the person who took the wording."""
    return RecordedActor(
        suggestion.taken_by or "", suggestion.taken_by_person_id, suggestion.taken_by_key_id
    )


def _refuse_own(session: Session, pair: QAPair, suggestion: SuggestedVariant, by: Actor) -> None:
    """Raise OwnVariantError unless ``by`` is a second person."""
    refusal = why_not_confirm(session, pair, suggestion, by)
    if refusal or not by.is_distinct_from(_taker(suggestion)):
        raise OwnVariantError(f"“{suggestion.text}”应由采纳人、起草人以外的人复核")


def _take(session: Session, suggestion: SuggestedVariant, *, by: Actor, now: datetime) -> None:
    """Store that a first person takes the wording."""
    suggestion.state = SuggestionState.TAKEN
    suggestion.taken_by, suggestion.taken_by_person_id, suggestion.taken_by_key_id = by.recorded
    suggestion.updated_at = now
    session.add(suggestion)
    session.flush()


def _resolve(
    session: Session,
    suggestion: SuggestedVariant,
    state: SuggestionState,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Store the decision on a suggestion."""
    suggestion.state = state
    suggestion.decided_by, suggestion.decided_by_person_id, suggestion.decided_by_key_id = (
        by.recorded
    )
    suggestion.updated_at = now
    session.add(suggestion)
    session.flush()
