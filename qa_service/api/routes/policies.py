"""Routes of the policy library (政策库), whose documents answers cite as their basis."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.policies import (
    ConsequencesOut,
    CorrectionConfirmationIn,
    CorrectionOut,
    CorrectionRefusalIn,
    EndingConfirmationIn,
    EndingOut,
    EndingReasonIn,
    EndingRefusalIn,
    PolicyChangedOut,
    PolicyIn,
    PolicyListOut,
    PolicyOut,
    PolicyPatch,
    PolicyQuery,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.consultation.callbacks.policy_consequences import consequences_of
from qa_service.knowledge.models import PolicyDocument, QAPair, stored_id
from qa_service.knowledge.policies import corrections, fallen
from qa_service.knowledge.policies import service as policies
from qa_service.knowledge.policies.citation_changes import open_correction
from qa_service.knowledge.policies.endings import ending, taking_back
from qa_service.knowledge.policies.endings.ending_record import begin, open_ending
from qa_service.knowledge.policies.record.full_text import search_policies
from qa_service.knowledge.policies.resting import described
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.ledger import bank_changes
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import PairStatus, Scope

router = APIRouter(tags=["政策库"], dependencies=[Depends(caller_with(Scope.KNOWLEDGE))])


@router.get(
    "/policies",
    summary="政策文件库",
    dependencies=[Depends(reader_with(Permission.READ_BANK, Scope.KNOWLEDGE))],
    responses=problem_responses(),
)
def list_all(query: Annotated[PolicyQuery, Query()], session: ReadSession) -> PolicyListOut:
    """Return one page of documents, by id."""
    found = search_policies(
        session, query.q, validity=query.validity, after=query.cursor, limit=query.limit + 1
    )
    items = [PolicyOut.of(session, one.document) for one in found[: query.limit]]
    return PolicyListOut(items=items, next=str(items[-1].id) if len(found) > query.limit else None)


@router.post(
    "/policies",
    summary="录入政策文件",
    status_code=201,
    response_model=PolicyOut,
    responses=problem_responses(403, 409, 413),
)
def create(body: PolicyIn, write: Annotated[Write, Depends(write_for(Act.ADD_POLICY))]) -> Response:
    """Add a document to the library, owned by the unit named or that of the person."""

    def answer() -> Answer:
        by = write.caller.actor
        document = policies.add_policy(write.session, body.content(), by=by, now=write.now)
        return 201, PolicyOut.of(write.session, document)

    return write.once(body, answer)


@router.patch(
    "/policies/{policy_id}",
    summary="修改政策文件；失效或废止、公开属性、被引用的标题文号等的更正待另一人确认",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def change(
    policy_id: RowId,
    body: PolicyPatch,
    write: Annotated[Write, Depends(write_for(Act.CHANGE_POLICY))],
) -> Response:
    """Change the given fields; an end (失效、废止) is proposed and suspends its answers.

    A correction of what answers cite, or of whether the document is public, is proposed, too;
    it changes nothing yet, but one that closes the document suspends its answers.
    """

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        begin(write.session, document)
        by = write.caller.actor
        content = body.applied_to(policies.policy_content(document))
        correction = policies.change_policy(
            write.session, document, content, by=by, now=write.now, reason=body.reason
        )
        if body.ending is not None:
            ending.propose_ending(write.session, document, body.ending, by=by, now=write.now)
        return 200, _changed(write, document, correction)

    return write.once(body, answer)


@router.get(
    "/policies/{policy_id}/consequences",
    summary="文件失效时受影响的问答、咨询和台账",
    dependencies=[Depends(reader_with(Permission.READ_BANK, Scope.KNOWLEDGE))],
    responses=problem_responses(404),
)
def read_consequences(
    policy_id: RowId, services: ServicesDep, session: ReadSession
) -> ConsequencesOut:
    """Return what falls if the document ends, and what of it waits for a second person."""
    document = policies.get_policy(session, policy_id)
    days = services.settings.correction_callback_days
    found = consequences_of(session, document, now=services.clock.now(), days=days)
    return ConsequencesOut.of(
        found,
        described(session, found.pairs),
        open_ending(session, document),
        open_correction(session, document),
    )


@router.post(
    "/policies/{policy_id}/ending/confirmation",
    summary="由另一人确认失效或废止：撤回所依据的问答",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def confirm(
    policy_id: RowId,
    body: EndingConfirmationIn,
    write: Annotated[Write, Depends(write_for(Act.CONFIRM_ENDING))],
) -> Response:
    """Confirm a proposed end as the second person."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        by = write.caller.actor
        withdrawn = bank_changes.confirm_ending(
            write.session, document, by=by, now=write.now, seen=body.ending
        )
        return 200, _changed(write, document).model_copy(update={"withdrawn": withdrawn})

    return write.once(body, answer)


@router.post(
    "/policies/{policy_id}/ending/refusal",
    summary="不同意失效或废止：恢复告知",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def refuse(
    policy_id: RowId,
    body: EndingRefusalIn,
    write: Annotated[Write, Depends(write_for(Act.REFUSE_ENDING))],
) -> Response:
    """Refuse a proposed end as the second person, which puts the answers back."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        by = write.caller.actor
        found = taking_back.refuse_ending(
            write.session, document, body.reason, by=by, now=write.now, seen=body.ending
        )
        return 200, _changed(write, document).model_copy(update={"restored": found.put_back})

    return write.once(body, answer)


@router.post(
    "/policies/{policy_id}/restoration",
    summary="撤销误办的失效或废止；期限内未改动的问答恢复告知",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def restore(
    policy_id: RowId,
    body: EndingReasonIn,
    services: ServicesDep,
    write: Annotated[Write, Depends(write_for(Act.RESTORE_POLICY))],
) -> Response:
    """Take the end of a document back."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        found = taking_back.restore(
            write.session,
            document,
            body.reason,
            by=write.caller.actor,
            now=write.now,
            days=services.settings.policy_restore_days,
        )
        return 200, _changed(write, document).model_copy(update={"restored": found.put_back})

    return write.once(body, answer)


@router.post(
    "/policies/{policy_id}/correction/confirmation",
    summary="由另一人确认更正：依据它的问答即按更正显示，不再公开的撤回",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def confirm_correction(
    policy_id: RowId,
    body: CorrectionConfirmationIn,
    write: Annotated[Write, Depends(write_for(Act.CONFIRM_CORRECTION))],
) -> Response:
    """Confirm a proposed correction of a document, as the second person."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        by = write.caller.actor
        done = bank_changes.confirm_correction(
            write.session, document, by=by, now=write.now, seen=body.correction
        )
        return 200, _changed(write, document, done)

    return write.once(body, answer)


@router.post(
    "/policies/{policy_id}/correction/refusal",
    summary="不同意更正：文件照旧",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def refuse_correction(
    policy_id: RowId,
    body: CorrectionRefusalIn,
    write: Annotated[Write, Depends(write_for(Act.REFUSE_CORRECTION))],
) -> Response:
    """Refuse a proposed correction as the second person; what it suspended is put back."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        by = write.caller.actor
        done = corrections.refuse_correction(
            write.session, document, body.reason, by=by, now=write.now, seen=body.correction
        )
        return 200, _changed(write, document, done)

    return write.once(body, answer)


@router.post(
    "/policies/{policy_id}/correction/taking-back",
    summary="撤回本人提出的更正",
    response_model=PolicyChangedOut,
    responses=problem_responses(403, 404, 409, 413),
)
def take_back_correction(
    policy_id: RowId,
    body: EndingReasonIn,
    write: Annotated[Write, Depends(write_for(Act.TAKE_BACK_CORRECTION))],
) -> Response:
    """Take a correction back that the caller proposed."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        by = write.caller.actor
        done = corrections.take_back_correction(
            write.session, document, body.reason, by=by, now=write.now
        )
        return 200, _changed(write, document, done)

    return write.once(body, answer)


def _changed(
    write: Write, document: PolicyDocument, correction: PolicyCorrection | None = None
) -> PolicyChangedOut:
    last = fallen.last_ending(write.session, stored_id(document))
    pairs = fallen.fallen_pairs(write.session, last) if last else []
    suspended = [stored_id(pair) for pair in pairs if pair.status is PairStatus.SUSPENDED]
    by_status = _by_status(write, correction) if correction else {}
    held = set(suspended) | set(by_status.get(PairStatus.SUSPENDED, ()))
    return PolicyChangedOut(
        policy=PolicyOut.of(write.session, document),
        ending=EndingOut.model_validate(last) if last else None,
        correction=CorrectionOut.model_validate(correction) if correction else None,
        suspended=sorted(held),
        withdrawn=by_status.get(PairStatus.WITHDRAWN, []),
        restored=by_status.get(PairStatus.PUBLISHED, []),
    )


def _by_status(write: Write, correction: PolicyCorrection) -> dict[PairStatus, list[int]]:
    """Return the ids of the pairs that a correction touched, by what they are now."""
    found: dict[PairStatus, list[int]] = {}
    for held in correction.suspended:
        pair = write.session.get(QAPair, held.pair_id)
        if pair is not None:
            found.setdefault(pair.status, []).append(held.pair_id)
    return found
