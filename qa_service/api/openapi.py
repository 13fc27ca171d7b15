"""Completes the OpenAPI description that FastAPI generates from the routes."""

from collections.abc import Iterator
from typing import Any

from qa_service.api.problems import MEDIA_TYPE

_SUCCESS = "成功"
_FASTAPI_SUCCESS = "Successful Response"


def finish_openapi(schema: dict[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with errors under their real media type and with Chinese prose only.

    Docstrings are for developers of the service and are removed; callers read the summaries.
    """
    for operation in _operations(schema):
        operation.pop("description", None)
        for status, response in operation["responses"].items():
            _finish_response(status, response)
    for shape in schema.get("components", {}).get("schemas", {}).values():
        shape.pop("description", None)
    return schema


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema.get("paths", {}).values():
        yield from methods.values()


def _finish_response(status: str, response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if status >= "400" and "application/json" in content:
        content[MEDIA_TYPE] = content.pop("application/json")
    if response.get("description") == _FASTAPI_SUCCESS:
        response["description"] = _SUCCESS
