"""The root of every error this service raises on purpose.

Each child carries a stable ``code`` for software and a Chinese message that
tells a person what to do. ``http_errors`` maps the families to HTTP statuses.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One faulty field of an input: where, and what to do about it (Chinese)."""

    field: str
    message: str


class QAServiceError(Exception):
    """An expected failure, told to the user in Chinese."""

    code = "internal"
    title = "服务出错"

    def __init__(self, message: str, *, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems


class InvalidInputError(QAServiceError):
    """The request is understood but its content cannot be accepted."""

    code = "invalid_input"
    title = "内容有误"


class NotFoundError(QAServiceError):
    """What was asked for does not exist or is not visible to the asker."""

    code = "not_found"
    title = "没有找到"


class ConflictError(QAServiceError):
    """The request collides with the present state."""

    code = "conflict"
    title = "与现状冲突"


class PreconditionError(QAServiceError):
    """What the caller had read has changed meanwhile."""

    code = "precondition_failed"
    title = "内容已变"


class UnauthenticatedError(QAServiceError):
    """Nobody, or nobody valid, is signed in."""

    code = "unauthenticated"
    title = "请先登录"


class ForbiddenError(QAServiceError):
    """The signed-in party may not do this."""

    code = "forbidden"
    title = "没有权限"


class ThrottledError(QAServiceError):
    """Too often; allowed again after ``retry_seconds``."""

    code = "too_many_requests"
    title = "请求过于频繁"

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class UnavailableError(QAServiceError):
    """A part the request needs cannot work now."""

    code = "unavailable"
    title = "暂时不可用"


class ConfigurationError(QAServiceError):
    """A setting or an installed part is wrong; the operator of the service must act."""

    code = "configuration"
    title = "配置有误"
