"""Refuses addresses that are not encoded in UTF-8, whose text would only be guessed."""

from urllib.parse import unquote_to_bytes

from fastapi import Request

from qa_service.errors import MalformedError


class InvalidEncodingError(MalformedError):
    """Path or query hold percent-encoded bytes that are not UTF-8, such as GBK."""

    code = "invalid_encoding"
    title = "编码有误"


async def refuse_foreign_encoding(request: Request) -> None:
    """Raise InvalidEncodingError unless path and query are UTF-8; needs no thread."""
    raw_path: bytes = request.scope.get("raw_path") or b""
    for part in (raw_path, request.scope["query_string"]):
        try:
            unquote_to_bytes(part).decode()
        except UnicodeDecodeError as error:
            raise InvalidEncodingError(
                "地址中的文字不是 UTF-8 编码（可能是 GBK），请改用 UTF-8 编码后重试"
            ) from error
