"""Routes of the policy library (政策库), whose documents answers cite as their basis."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.policies import (
    PolicyChangedOut,
    PolicyIn,
    PolicyListOut,
    PolicyOut,
    PolicyPatch,
    PolicyQuery,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.knowledge.policies import service as policies
from qa_service.knowledge.policies.full_text import search_policies
from qa_service.ledger.bank_changes import change_policy
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Scope

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
    items = [PolicyOut.model_validate(one.document) for one in found[: query.limit]]
    return PolicyListOut(items=items, next=str(items[-1].id) if len(found) > query.limit else None)


@router.post(
    "/policies",
    summary="录入政策文件",
    status_code=201,
    response_model=PolicyOut,
    responses=problem_responses(409, 413),
)
def create(body: PolicyIn, write: Annotated[Write, Depends(write_for(Act.ADD_POLICY))]) -> Response:
    """Add a document to the library."""

    def answer() -> Answer:
        document = policies.add_policy(
            write.session, body.content(), by=write.caller.actor, now=write.now
        )
        return 201, PolicyOut.model_validate(document)

    return write.once(body, answer)


@router.patch(
    "/policies/{policy_id}",
    summary="修改政策文件；失效或废止即撤回所依据的问答",
    response_model=PolicyChangedOut,
    responses=problem_responses(404, 413),
)
def change(
    policy_id: RowId,
    body: PolicyPatch,
    write: Annotated[Write, Depends(write_for(Act.CHANGE_POLICY))],
) -> Response:
    """Change the given fields; pairs that lose their basis are withdrawn at once."""

    def answer() -> Answer:
        document = policies.get_policy(write.session, policy_id)
        content = body.applied_to(policies.policy_content(document))
        withdrawn = change_policy(
            write.session, document, content, by=write.caller.actor, now=write.now
        )
        shown = PolicyOut.model_validate(document)
        return 200, PolicyChangedOut(policy=shown, withdrawn=withdrawn)

    return write.once(body, answer)
