"""Models of answers sent to callers as a link."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.stated import StatedIn
from qa_service.api.text_types import LARGEST_ID, Line, PageSize, StrictModel
from qa_service.consultation.sending.service import SentLine, SentState
from qa_service.vocabulary import SendChannel


class SendIn(StatedIn):
    """The recipient of the link of the answer told; the contact is kept encrypted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"channel": "sms", "to": "13800001111"}]}
    )

    channel: SendChannel = Field(description="sms 短信、mail 邮件；须已设置")
    to: Line = Field(repr=False, description="接收的手机号或邮箱；加密留存，不再返回")


class SentQuery(StrictModel):
    """The page of a list of what was sent."""

    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 50


class SentOut(BaseModel):
    """An answer sent to a caller, the contact with its middle hidden."""

    id: int
    consultation_id: str | None
    qa_id: int
    version: int
    channel: SendChannel
    contact_masked: str
    link: str
    state: SentState = Field(
        description="waiting 等待发送、retrying 正在重试、delivered 已发出、failed 没有发出、"
        "voided 已作废，没有发出"
    )
    sent_at: datetime
    sent_by: str
    delivered_at: datetime | None

    @classmethod
    def of(cls, line: SentLine) -> Self:
        """Return the record as it is listed."""
        sent = line.sent
        return cls(
            id=sent.id or 0,
            consultation_id=sent.consultation_id,
            qa_id=sent.pair_id,
            version=sent.version,
            channel=sent.channel,
            contact_masked=line.contact_masked,
            link=sent.link,
            state=line.state,
            sent_at=sent.sent_at,
            sent_by=sent.sent_by,
            delivered_at=sent.delivered_at,
        )


class SentListOut(BaseModel):
    """One page of what was sent, newest first."""

    items: list[SentOut]
    next: str | None = Field(None, description="下一页的 cursor；没有则为 null")

    @classmethod
    def of(cls, lines: Sequence[SentLine], limit: int) -> Self:
        """Return the first ``limit`` of ``lines``, of which one more was read."""
        shown = lines[:limit]
        last = str(shown[-1].sent.id) if len(lines) > limit else None
        return cls(items=[SentOut.of(line) for line in shown], next=last)
