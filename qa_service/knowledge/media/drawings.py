"""Drawings (SVG) of the corpus: shapes of a closed list, so that nothing in them runs."""

import re
from xml.etree import ElementTree

from qa_service.errors import InvalidInputError

SVG = "image/svg+xml"

DRAWING_BYTES = 60_000
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_SHAPES = {
    "svg", "g", "defs", "marker", "title", "desc", "rect", "circle", "line", "path",
    "polyline", "polygon", "text", "tspan",
}  # fmt: skip
_ATTRIBUTES = {
    "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r",
    "rx", "ry", "d", "points", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray",
    "stroke-linejoin", "stroke-linecap", "font-size", "font-family", "font-weight", "text-anchor",
    "dominant-baseline", "id", "refX", "refY", "markerWidth", "markerHeight", "orient",
    "marker-end", "role", "aria-labelledby",
}  # fmt: skip
_WRITTEN = {f"{_NAMESPACE}{name}" for name in ("title", "desc", "text")}
_OWN_PART = re.compile(r"url\(#[\w-]+\)")


class UnsafeDrawingError(InvalidInputError):
    """The drawing is no SVG, has no title, or holds more than plain shapes and texts."""

    code = "unsafe_drawing"
    title = "图解不能使用"


def drawing_title(content: bytes) -> str:
    """Return the title of a drawing; raises UnsafeDrawingError unless it is plain shapes."""
    title = _drawing(content).findtext(f"{_NAMESPACE}title", "").strip()
    if not title:
        raise UnsafeDrawingError("图解没有标题（title）")
    return title


def drawing_words(content: bytes) -> str:
    """Return what is written in a drawing, one text a line; raises UnsafeDrawingError."""
    elements = _drawing(content).iter()
    texts = ("".join(one.itertext()) for one in elements if one.tag in _WRITTEN)
    return "\n".join(filter(None, (" ".join(text.split()) for text in texts)))


def _drawing(content: bytes) -> ElementTree.Element:
    """Return a drawing of plain shapes; raises UnsafeDrawingError."""
    # Without declarations there are no entities, so that parsing costs no more than its length.
    if len(content) > DRAWING_BYTES or b"<!" in content or b"<?xml-" in content:
        raise UnsafeDrawingError("图解过大，或含有声明，请只用图形和文字")
    try:
        root = ElementTree.fromstring(content.decode())  # noqa: S314 - see above
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise UnsafeDrawingError("图解不是 SVG 文件") from error
    for element in root.iter():
        _check(element)
    return root


def _check(element: ElementTree.Element) -> None:
    name = element.tag.removeprefix(_NAMESPACE)
    if not element.tag.startswith(_NAMESPACE) or name not in _SHAPES:
        raise UnsafeDrawingError(f"图解中不能有“{name}”")
    for attribute, value in element.attrib.items():
        refers = "(" in value and attribute != "transform"
        if attribute not in _ATTRIBUTES or ":" in value or "&" in value:
            raise UnsafeDrawingError(f"图解的“{name}”不能有“{attribute}”")
        if refers and not _OWN_PART.fullmatch(value):
            raise UnsafeDrawingError(f"图解的“{attribute}”只能指向图中的部分")
