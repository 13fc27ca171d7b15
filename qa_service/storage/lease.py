"""A lease: what many processes could do, one of them does (定时任务只执行一次)."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlmodel import Field, Session, SQLModel, col

from qa_service.storage.column_types import UTCDateTime
from qa_service.storage.turns import take_turn


class JobLease(SQLModel, table=True):
    """Who holds a lease, and until when."""

    __tablename__ = "job_lease"

    name: str = Field(primary_key=True, max_length=64)
    holder: str = Field(max_length=64)
    held_until: datetime = Field(sa_type=UTCDateTime)


def hold_lease(
    session: Session, name: str, holder: str, *, now: datetime, length: timedelta
) -> bool:
    """Whether ``holder`` has the lease from now on: free, run out, or his already."""
    take_turn(session, f"lease:{name}")
    if session.get(JobLease, name) is None:
        session.add(JobLease(name=name, holder=holder, held_until=now + length))
        session.flush()
        return True
    statement = (
        update(JobLease)
        .where(
            col(JobLease.name) == name,
            (col(JobLease.holder) == holder) | (col(JobLease.held_until) <= now),
        )
        .values(holder=holder, held_until=now + length)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
