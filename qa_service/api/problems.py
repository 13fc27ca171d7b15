"""The schema of every REST error: RFC 9457 ``application/problem+json``."""

import json
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

_MEANINGS = {
    401: "没有密钥，或密钥无效",
    403: "密钥没有所需权限，或须用个人密钥",
    404: "没有找到",
    412: "内容已被他人修改（If-Match 不符）",
    429: "调用过于频繁，按 Retry-After 重试",
    409: "与现状冲突，或 Idempotency-Key 已用于其他请求",
    413: "请求超过 1 MB",
    422: "内容有误，errors 指出各字段",
    503: "暂时不可用，请稍后重试",
}


class FieldProblemOut(BaseModel):
    """A faulty field with the remedy in Chinese."""

    field: str
    message: str


class Problem(BaseModel):
    """An error with a stable code for software and a Chinese text for people."""

    type: str = "about:blank"
    title: str = Field(examples=["内容有误"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid_request"], description="稳定的错误代码，见 docs/api.md")
    detail: str = Field(examples=["请求内容有误，请按 errors 的提示修改"])
    errors: list[FieldProblemOut] = Field(default_factory=list)


class ProblemResponse(Response):
    """A problem response; characters that UTF-8 cannot encode are replaced."""

    media_type = MEDIA_TYPE

    def render(self, content: Problem) -> bytes:
        """Return the body in UTF-8."""
        return json.dumps(content.model_dump(), ensure_ascii=False).encode("utf-8", "replace")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the responses a route declares: these problems and those every route may have."""
    declared = sorted({401, 403, 422, 429, 503, *statuses})
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in declared}
