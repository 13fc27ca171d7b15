"""The page at /docs: Swagger UI from vendored files, without inline scripts."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_FILES = "/static/vendor/swagger-ui"
_PAGE = f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档 · 政策咨询问答库</title>
<link rel="icon" type="image/png" href="{_FILES}/favicon-32x32.png">
<link rel="stylesheet" href="{_FILES}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>请启用 JavaScript，或直接读取 <a href="/openapi.json">/openapi.json</a>。</noscript>
<script src="{_FILES}/swagger-ui-bundle.js"></script>
<script src="{_FILES}/swagger-initializer.js"></script>
</body>
</html>
"""


@router.get("/docs")
def docs() -> HTMLResponse:
    """Return the interactive documentation of the interface."""
    return HTMLResponse(_PAGE)
