"""Models of the change feed, for systems that mirror the bank."""

from datetime import datetime

from pydantic import BaseModel, Field

from qa_service.api.schemas.pairs import PairOut
from qa_service.api.text_types import StrictModel
from qa_service.vocabulary import PairStatus

LARGEST = 2**31 - 1
LONGEST_WAIT = 30


class ChangesQuery(StrictModel):
    """Number of the last change read, and how long to wait for a new one."""

    since: int = Field(0, ge=0, le=LARGEST, description="上次返回的 next；0 从头开始")
    limit: int = Field(100, ge=1, le=500)
    wait: int = Field(0, ge=0, le=LONGEST_WAIT, description="没有变更时最多等待的秒数（长轮询）")


class ChangeOut(BaseModel):
    """One publish or withdrawal."""

    change: int
    kind: PairStatus = Field(description="published 发布（或更新），withdrawn 撤回")
    qa_id: int
    key: str
    version: int
    changed_at: datetime
    pair: PairOut | None = Field(description="问答现在的内容；现已撤回则为 null")


class ChangesOut(BaseModel):
    """Changes in the order of the commits; ``next`` is the value of ``since`` for the next call."""

    items: list[ChangeOut]
    next: int
