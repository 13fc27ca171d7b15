"""Liveness and readiness probes."""

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import APIRouter

from qa_service import __version__
from qa_service.api.problems import Problem
from qa_service.api.readiness import check_readiness
from qa_service.api.schemas.health import AliveOut, Readiness, ReadyOut
from qa_service.request_scope import ServicesDep

router = APIRouter(tags=["运行状况"])

_CHECKS = RunVar[CapacityLimiter]("readiness checks")


def _check_threads() -> CapacityLimiter:
    """Return the limiter of this event loop's threads for readiness checks."""
    limiter = _CHECKS.get(None)
    if limiter is None:
        limiter = CapacityLimiter(2)
        _CHECKS.set(limiter)
    return limiter


@router.get("/healthz", summary="进程存活")
async def alive() -> AliveOut:
    """Report that the process is alive; a coroutine, so that no busy thread delays it."""
    return AliveOut()


@router.get(
    "/readyz",
    summary="能否提供服务：正常、降级或不可用",
    responses={503: {"model": Problem, "description": "不可用，errors 指出哪一部分"}},
)
async def ready(services: ServicesDep) -> ReadyOut:
    """Check every component; a missing encoder only degrades the service."""
    # A thread of its own: those of the requests may all wait for the database.
    state = await to_thread.run_sync(check_readiness, services, limiter=_check_threads())
    return ReadyOut(
        status=Readiness.DEGRADED if state.degraded_reason else Readiness.READY,
        version=__version__,
        index_revision=state.index_revision,
        indexed_pairs=state.indexed_pairs,
        degraded_reason=state.degraded_reason,
    )
