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

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import AnyAct
from qa_service.accounts.idempotency import KEY_CHARACTERS, claim, complete, request_hash
from qa_service.api.dependencies import Caller, caller_for
from qa_service.errors import ForbiddenError
from qa_service.request_scope import ServicesDep, WriteSession
from qa_service.storage.encryption import FieldCipher

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


class OnBehalfRefusedError(ForbiddenError):
    """A person's key was sent with the name of somebody else."""

    code = "on_behalf_refused"
    title = "个人密钥只代表本人"


@dataclass(frozen=True, slots=True)
class Write:
    """A writing request: the caller, the time, the transaction and the idempotency key."""

    session: Session
    caller: Caller
    now: datetime
    cipher: FieldCipher
    method: str
    path: str
    idempotency_key: str | None

    def actor(self, stated: str | None) -> Actor:
        """Return the actor; ``stated`` names the person for whom a system acts (``on_behalf_of``).

        It is recorded as stated and makes the system nobody else. A person's key may state its
        owner's login only; raises OnBehalfRefusedError.
        """
        actor = self.caller.actor
        if not stated:
            return actor
        if not self.caller.is_person:
            return actor.stating(stated)
        if stated != actor.login:
            raise OnBehalfRefusedError(
                f"这是 {actor.login} 的个人密钥，只代表本人，不能写明代他人办理；请用对方本人的密钥"
            )
        return actor

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
            request_hash(self.cipher, self.caller.key_id, self.method, self.path, asked),
            now=self.now,
        )
        if record.status_code:
            return JSONResponse(record.body, record.status_code, {REPLAYED: "true"})
        status, answer = act()
        complete(self.session, record, status, answer.model_dump(mode="json"))
        return JSONResponse(record.body, status)


@cache
def write_for(act: AnyAct) -> Callable[..., Awaitable[Write]]:
    """Return a dependency that yields the writing request of a caller who may take ``act``.

    It raises what ``caller_for`` raises, before the body is looked at.
    """

    async def open_write(
        request: Request,
        caller: Annotated[Caller, Depends(caller_for(act))],
        services: ServicesDep,
        session: WriteSession,
        idempotency_key: IdempotencyKey = None,
    ) -> Write:
        return Write(
            session=session,
            caller=caller,
            now=services.clock.now(),
            cipher=services.cipher,
            method=request.method,
            path=request.url.path,
            idempotency_key=idempotency_key,
        )

    return open_write
