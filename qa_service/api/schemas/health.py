"""Response models of the health checks."""

from enum import StrEnum

from pydantic import BaseModel, Field


class Readiness(StrEnum):
    """Full service, or degraded service without vectors."""

    READY = "ready"
    DEGRADED = "degraded"


class AliveOut(BaseModel):
    """The process is alive."""

    status: str = "ok"


class ReadyOut(BaseModel):
    """The service is ready; degraded means that it searches by keywords only."""

    status: Readiness
    version: str
    index_revision: int
    indexed_pairs: int
    degraded_reason: str | None = Field(description="降级原因；一切正常时为 null")
