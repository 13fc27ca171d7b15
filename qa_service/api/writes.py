"""Writing requests: one transaction each, idempotent if the caller sends a key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel import Session

from qa_service.accounts.actor import Actor, act_for
from qa_service.accounts.idempotency import KEY_CHARACTERS, claim, complete, request_hash
from qa_service.api.dependencies import Caller, caller_with
from qa_service.request_scope import ServicesDep, WriteSession
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
    """A writing request: the caller, the time, the transaction and the idempotency key."""

    session: Session
    caller: Caller
    now: datetime
    method: str
    path: str
    idempotency_key: str | None

    def actor(self, stated: str | None) -> Actor:
        """Return the actor; ``stated`` names the person for whom the caller acts (``by``)."""
        return act_for(self.session, self.caller.actor, stated)

    def once(self, body: BaseModel | None, act: Callable[[], Answer]) -> JSONResponse:
        """Return the answer of ``act``, or the stored one if the request is a repeat.

        Claim, change and stored answer are one transaction, so a failure leaves none of them.
        Raises IdempotencyKeyReusedError and InvalidIdempotencyKeyError.
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
        complete(self.session, record, status, answer.model_dump(mode="json"))
        return JSONResponse(record.body, status)


@cache
def write_with(*scopes: Scope) -> Callable[..., Awaitable[Write]]:
    """Return a dependency that yields the writing request of a caller with one of ``scopes``."""

    async def open_write(
        request: Request,
        caller: Annotated[Caller, Depends(caller_with(*scopes))],
        services: ServicesDep,
        session: WriteSession,
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
SuperviseWrite = Annotated[Write, Depends(write_with(Scope.SUPERVISE))]
KnowledgeWrite = Annotated[Write, Depends(write_with(Scope.KNOWLEDGE))]
