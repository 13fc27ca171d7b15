"""The only mapping from errors to HTTP responses, as problem+json or as a page."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.problems import FieldProblemOut, Problem, ProblemResponse
from qa_service.api.validation_messages import field_problems
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    MalformedError,
    NotFoundError,
    PreconditionError,
    QAServiceError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)
from qa_service.observability.events import (
    DatabaseBusy,
    DatabaseFull,
    RequestFailed,
    UnexpectedError,
    kind_of,
    log_event,
    place_of,
)
from qa_service.server.request_log import route_of
from qa_service.web.kit.rendering import render_error

RETRY_SECONDS = 2

STATUS_OF_FAMILY: tuple[tuple[type[QAServiceError], int], ...] = (
    (MalformedError, 400),
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (PreconditionError, 412),
    (InvalidInputError, 422),
    (ThrottledError, 429),
    (UnavailableError, 503),
    (QAServiceError, 500),
)

_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="qa-service"'},
    503: {"Retry-After": str(RETRY_SECONDS)},
}

_MACHINE_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json")
_WIRE_NAMES = {"area": "field"}
"""Names of fields that REST calls otherwise; the desk's interface does not."""

_UNIQUE_VIOLATIONS = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    "23505",  # PostgreSQL's unique_violation
)
_FULL = (
    sqlite3.SQLITE_FULL,
    "53100",  # PostgreSQL's disk_full
)


@dataclass(frozen=True, slots=True)
class Fault:
    """The content of an error response, for both forms."""

    status: int
    code: str
    title: str
    message: str
    problems: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


PROTOCOL_FAULTS: Mapping[int, Fault] = {
    fault.status: fault
    for fault in (
        Fault(400, "malformed_body", "请求无法解析", "请求体不是正确的 JSON，请检查格式与编码"),
        Fault(404, "not_found", "没有找到", "没有这个地址，请核对"),
        Fault(405, "method_not_allowed", "方法不允许", "这个地址不接受该方法，见 Allow 响应头"),
        Fault(408, "request_timeout", "请求超时", "请求没有在时限内发完，请检查网络后重试"),
        Fault(413, "body_too_large", "请求过大", "请求超过 1 MB，请缩减后重试"),
    )
}
INVALID_REQUEST = Fault(
    422, "invalid_request", "请求内容有误", "请求内容有误，请按 errors 的提示修改"
)
FOR_PEOPLE: Mapping[str, str] = {
    "method_not_allowed": "这个地址只在提交表单时使用，请从页面上的链接重新打开",
    "invalid_request": "地址中的编号、页码不对，请从页面上的链接重新打开",
}
"""What pages say instead of a message for programs, by code."""

DATABASE_BUSY = Fault(503, "database_busy", "数据库繁忙", "数据库暂时无法访问，请稍后重试")
DISK_FULL = Fault(
    503,
    "disk_full",
    "磁盘已满",
    "数据库所在磁盘已满，本次没有保存；请系统管理员清出空间，然后重试",
)
OUT_OF_RANGE = Fault(422, "out_of_range", "超出范围", "数字或日期超出可用的范围，请核对后重试")
CONCURRENT_CHANGE = Fault(
    409, "concurrent_change", "同时有人修改", "与同时进行的另一操作冲突，请重试"
)
INTERNAL = Fault(500, "internal", "服务出错", "服务内部出错")


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers of every error on ``app``."""
    app.add_exception_handler(QAServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(PoolTimeoutError, _on_database_error)
    app.add_exception_handler(OverflowError, _on_overflow)
    app.add_middleware(UnexpectedErrors)


def status_of(error: QAServiceError) -> int:
    """Return the HTTP status of an error's family."""
    return next(status for family, status in STATUS_OF_FAMILY if isinstance(error, family))


class UnexpectedErrors:
    """Middleware that turns unforeseen exceptions into a 500 with an incident number.

    Only kind and place are logged: message and values of such an error may hold a citizen's words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; respond with a 500 if it fails before the response has begun."""
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            request = Request(scope)
            fault = _unexpected(request, error)
            if not started:
                await _respond(request, fault)(scope, receive, send)


def _on_service_error(request: Request, error: Exception) -> Response:
    """Respond to an expected error of this service."""
    if not isinstance(error, QAServiceError):
        raise error
    status = status_of(error)
    if status == 403:
        request.state.refusal = error.code
    if status >= 500:
        log_event(RequestFailed(error.code, route_of(request.scope)))
    fault = Fault(status, error.code, error.title, error.message, error.problems)
    wait = {"Retry-After": str(error.retry_seconds)} if isinstance(error, ThrottledError) else {}
    return _respond(request, fault, headers=wait)


def _on_http_exception(request: Request, error: Exception) -> Response:
    """Respond to an error of the HTTP protocol, such as 404 or 413."""
    if not isinstance(error, HTTPException):
        raise error
    known = PROTOCOL_FAULTS.get(error.status_code)
    fault = known or Fault(error.status_code, "http_error", "请求无法处理", "请求无法处理")
    return _respond(request, fault, headers=error.headers)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    """Respond to a request that violates its schema: 422, or 400 when it is no JSON."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = error.errors()
    if any(found["type"] == "json_invalid" for found in errors):
        return _respond(request, PROTOCOL_FAULTS[400])
    return _respond(request, INVALID_REQUEST, problems=field_problems(errors))


def _on_database_error(request: Request, error: Exception) -> Response:
    """Respond to a full disk, a busy database (503), a concurrent change (409); else re-raise."""
    if isinstance(error, DBAPIError) and _driver_code(error) in _FULL:
        log_event(DatabaseFull(route_of(request.scope)))
        return _respond(request, DISK_FULL)
    if _is_passing(error):
        log_event(DatabaseBusy(route_of(request.scope)))
        return _respond(request, DATABASE_BUSY)
    if isinstance(error, DataError):
        return _respond(request, OUT_OF_RANGE)
    if isinstance(error, IntegrityError) and _driver_code(error) in _UNIQUE_VIOLATIONS:
        return _respond(request, CONCURRENT_CHANGE)
    raise error


def _on_overflow(request: Request, error: Exception) -> Response:
    """Respond to a number or date beyond what the database or the calendar can hold."""
    log_event(RequestFailed(OUT_OF_RANGE.code, route_of(request.scope)))
    return _respond(request, OUT_OF_RANGE)


def _is_passing(error: Exception) -> bool:
    """Return whether the same statement may succeed later: busy or unreachable."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    is_wrong_statement = _driver_code(error) == sqlite3.SQLITE_ERROR
    is_operational = isinstance(error, OperationalError) and not is_wrong_statement
    return error.connection_invalidated or is_operational


def _driver_code(error: DBAPIError) -> object:
    """Return the driver's error code: SQLite's number or PostgreSQL's SQLSTATE."""
    driver = error.orig
    return getattr(driver, "sqlite_errorcode", None) or getattr(driver, "sqlstate", None)


def _unexpected(request: Request, error: Exception) -> Fault:
    """Log an unforeseen error under a new incident number; return the 500 that names it."""
    incident = uuid4().hex[:8]
    log_event(
        UnexpectedError(
            incident, kind_of(error), request.method, route_of(request.scope), place_of(error)
        )
    )
    message = f"{INTERNAL.message}，请将编号 {incident} 告知系统管理员"
    return Fault(INTERNAL.status, INTERNAL.code, INTERNAL.title, message)


def _respond(
    request: Request,
    fault: Fault,
    *,
    problems: tuple[FieldProblem, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem for machines or an error page for people, by the request's path."""
    response = (
        _problem(fault, problems or fault.problems, path=request.url.path)
        if _is_for_machines(request.url.path)
        else _page(request, fault)
    )
    response.headers.update(_HEADERS.get(fault.status, {}))
    response.headers.update(headers or {})
    return response


def _page(request: Request, fault: Fault) -> Response:
    message = FOR_PEOPLE.get(fault.code, fault.message)
    return render_error(request, status=fault.status, title=fault.title, message=message)


def _problem(fault: Fault, problems: tuple[FieldProblem, ...], *, path: str) -> Response:
    """Return the problem+json response of ``fault``."""
    names = {} if path.startswith("/desk/") else _WIRE_NAMES
    problem = Problem(
        title=fault.title,
        status=fault.status,
        code=fault.code,
        detail=fault.message,
        errors=[
            FieldProblemOut(field=names.get(one.field, one.field), message=one.message)
            for one in problems
        ],
    )
    return ProblemResponse(problem, fault.status)


def _is_for_machines(path: str) -> bool:
    """Return whether ``path`` belongs to the API, the desk's interface or monitoring."""
    is_interface = path == "/api" or path.startswith(("/api/", "/desk/api/"))
    return is_interface or path in _MACHINE_PATHS
