"""Load shedding for the public desk: what it cannot answer soon is told to come again."""

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

RETRY_SECONDS = 10

POSTS = 3
"""Of the requests answered at once, one in so many may be one that writes: a body that comes
slowly then keeps no reader waiting."""

EXEMPT = ("/desk/healthz", "/desk/media/")
"""Whatever watches the process must reach it, and a film may take long without costing anything."""

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>访问人数较多 · 政务公开专区</title></head>
<body><h1>现在访问的人较多</h1>
<p>请过 10 秒后刷新页面。填写的内容没有提交，请返回后再提交一次。</p>
<p>着急的，请拨打 <a href="tel:12345">12345</a> 咨询。</p></body></html>
"""

# Written out: the converter would take what is lacking just then.
TRADITIONAL_PAGE = """<!doctype html>
<html lang="zh-Hant"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>訪問人數較多 · 政務公開專區</title></head>
<body><h1>現在訪問的人較多</h1>
<p>請過 10 秒後刷新頁面。填寫的內容沒有提交，請返回後再提交一次。</p>
<p>着急的，請撥打 <a href="tel:12345">12345</a> 諮詢。</p></body></html>
"""
_READS_TRADITIONAL = b"script=hant"


class LoadShedding:
    """Answers at most ``most`` requests at once; the others get a plain page with 503."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = {False: most, True: max(1, most // POSTS)}
        self._busy = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless too many are being answered."""
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT):
            await self._app(scope, receive, send)
            return
        writes = scope["method"] not in {"GET", "HEAD"}
        if self._busy[writes] >= self._most[writes]:
            headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
            is_traditional = _READS_TRADITIONAL in scope.get("query_string", b"").split(b"&")
            written = TRADITIONAL_PAGE if is_traditional else PAGE
            page = HTMLResponse(written, status_code=503, headers=headers)
            await page(scope, receive, send)
            return
        self._busy[writes] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._busy[writes] -= 1
