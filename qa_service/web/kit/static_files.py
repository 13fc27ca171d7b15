"""Static files under addresses that name their content, so that browsers may keep them."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_FOLDER = Path(str(files("qa_service.web"))) / "static"
DIGITS = 12


@cache
def digest_of(path: str) -> str:
    """Return the first digits of the SHA-256 of a static file."""
    content = (STATIC_FOLDER / path).read_bytes()
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def static(path: str) -> str:
    """Return the address of a static file; another content has another address."""
    return f"/static/{path}?v={digest_of(path)}"


class VersionedFiles(StaticFiles):
    """Static files: kept for a year under their own version, else asked for again each time."""

    def __init__(self, *, within: tuple[str, ...] = ("",)) -> None:
        """Serve the files whose path begins with one of ``within``; by default all."""
        super().__init__(directory=STATIC_FOLDER)
        self._within = within

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with the time it may be kept; raises HTTPException (404)."""
        if not path.startswith(self._within):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("ascii", "replace")).get("v", [""])[0]
        is_current = bool(asked) and response.status_code in {200, 304} and asked == _known(path)
        kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def _known(path: str) -> str | None:
    """Return the version of a file that was just found; None if it is gone since."""
    try:
        return digest_of(path)
    except OSError:
        return None
