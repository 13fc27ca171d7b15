"""How the service is, as machines ask it."""

from enum import StrEnum

from pydantic import BaseModel, Field


class Readiness(StrEnum):
    """Whether everything works, or everything but the meaning of words."""

    READY = "ready"
    DEGRADED = "degraded"


class AliveOut(BaseModel):
    """The process answers."""

    status: str = "ok"


class ReadyOut(BaseModel):
    """Every part the service needs works; degraded means by keywords alone."""

    status: Readiness
    version: str
    index_revision: int
    indexed_pairs: int
    degraded_reason: str | None = Field(description="降级原因；一切正常时为 null")
