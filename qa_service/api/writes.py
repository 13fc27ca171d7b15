"""Writes: one transaction each, and the first answer again for a repeated one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel import Session

from qa_service.accounts.idempotency import KEY_CHARACTERS, claim, request_hash, settle
from qa_service.api.dependencies import Caller, ServicesDep, SessionDep, caller_with
from qa_service.vocabulary import Scope

REPLAYED = "Idempotency-Replayed"

Answer = tuple[int, BaseModel]
"""The status and the body of a successful answer."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description=f"重试时沿用的幂等键，1 至 {KEY_CHARACTERS} 个可见字符",
    ),
]


@dataclass(frozen=True, slots=True)
class Write:
    """A request to change something: who asks, when, and in which transaction."""

    session: Session
    caller: Caller
    now: datetime
    method: str
    path: str
    idempotency_key: str | None

    def once(self, body: BaseModel | None, act: Callable[[], Answer]) -> JSONResponse:
        """The answer of ``act``, or the first one again when the request is a repeat.

        Claim, change and kept answer are one transaction, so a failure leaves none of
        them. Raises IdempotencyKeyReusedError and InvalidIdempotencyKeyError.
        """
        if self.idempotency_key is None:
            status, answer = act()
            return JSONResponse(answer.model_dump(mode="json"), status)
        asked = body.model_dump(mode="json", by_alias=True, exclude_unset=True) if body else {}
        record = claim(
            self.session,
            self.caller.key_id,
            self.idempotency_key,
            request_hash(self.method, self.path, asked),
            now=self.now,
        )
        if record.status_code:
            return JSONResponse(record.body, record.status_code, {REPLAYED: "true"})
        status, answer = act()
        settle(self.session, record, status, answer.model_dump(mode="json"))
        return JSONResponse(record.body, status)


@cache
def write_with(*scopes: Scope) -> Callable[..., Awaitable[Write]]:
    """A dependency: the write of a caller whose key may be used for one of ``scopes``."""

    async def open_write(
        request: Request,
        caller: Annotated[Caller, Depends(caller_with(*scopes))],
        services: ServicesDep,
        session: SessionDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Write:
        return Write(
            session=session,
            caller=caller,
            now=services.clock.now(),
            method=request.method,
            path=request.url.path,
            idempotency_key=idempotency_key,
        )

    return open_write


ConsultWrite = Annotated[Write, Depends(write_with(Scope.CONSULT))]
LedgerWrite = Annotated[Write, Depends(write_with(Scope.LEDGER, Scope.SUPERVISE))]
KnowledgeWrite = Annotated[Write, Depends(write_with(Scope.KNOWLEDGE))]
