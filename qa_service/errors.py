"""Base classes of all expected errors of this service.

Each subclass has a stable ``code`` for software and a Chinese message with the remedy.
``server.error_handlers`` maps the families to HTTP statuses.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A faulty field of an input with the remedy in Chinese."""

    field: str
    message: str


class QAServiceError(Exception):
    """An expected failure with a Chinese message for the user."""

    code = "internal"
    title = "服务出错"

    def __init__(self, message: str, *, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems


class InvalidInputError(QAServiceError):
    """The input is well-formed but its content is not acceptable."""

    code = "invalid_input"
    title = "内容有误"


class MalformedError(QAServiceError):
    """The request cannot be read: it breaks a rule of HTTP or of its encoding."""

    code = "malformed"
    title = "请求无法解析"


class NotFoundError(QAServiceError):
    """The requested object does not exist or is not visible to the caller."""

    code = "not_found"
    title = "没有找到"


class ConflictError(QAServiceError):
    """The request conflicts with the current state."""

    code = "conflict"
    title = "与现状冲突"


class PreconditionError(QAServiceError):
    """The object was changed after the caller read it."""

    code = "precondition_failed"
    title = "内容已变"


class UnauthenticatedError(QAServiceError):
    """The caller is not signed in."""

    code = "unauthenticated"
    title = "请先登录"


class ForbiddenError(QAServiceError):
    """The caller is signed in but not allowed to do this."""

    code = "forbidden"
    title = "没有权限"


class ThrottledError(QAServiceError):
    """Too many requests; allowed again after ``retry_seconds``."""

    code = "too_many_requests"
    title = "请求过于频繁"

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class UnavailableError(QAServiceError):
    """A part of the service that the request needs is temporarily out of order."""

    code = "unavailable"
    title = "暂时不可用"


class ConfigurationError(QAServiceError):
    """A setting or an installed file is wrong; the operator of the service must act."""

    code = "configuration"
    title = "配置有误"
