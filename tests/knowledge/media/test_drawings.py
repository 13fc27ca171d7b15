"""Drawings of the corpus hold shapes and texts, and nothing that runs or points elsewhere."""

import pytest

from qa_service.knowledge.media.drawings import (
    DRAWING_BYTES,
    UnsafeDrawingError,
    drawing_title,
    drawing_words,
)

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>申请流程</title>'


def drawing(inside: str) -> bytes:
    return f"{HEAD}{inside}</svg>".encode()


def test_shapes_texts_and_arrowheads_of_its_own_are_allowed() -> None:
    arrow = '<defs><marker id="a"><path d="M0 0L4 2L0 4z"/></marker></defs>'
    line = '<line x1="0" y1="0" x2="9" y2="0" stroke="#333" marker-end="url(#a)"/>'
    text = '<g transform="translate(1 2)"><text x="1" y="2"><tspan>第一步</tspan></text></g>'
    assert drawing_title(drawing(arrow + line + text)) == "申请流程"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)"/>',
        '<rect style="fill:red"/>',
        '<a href="https://example.org"><text>点我</text></a>',
        '<image href="x.png"/>',
        '<use href="#a"/>',
        "<foreignObject/>",
        '<rect fill="url(https://example.org/a.svg#x)"/>',
        '<rect fill="javascript:alert(1)"/>',
        '<animate attributeName="x"/>',
        '<rect xmlns="http://www.w3.org/1999/xhtml"/>',
        "<style>text{}</style>",
    ],
)
def test_whatever_could_run_or_point_elsewhere_is_refused(inside: str) -> None:
    with pytest.raises(UnsafeDrawingError):
        drawing_title(drawing(inside))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"<svg",
        b"<html/>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("<text>&a;</text>"),
        drawing("<text>" + "字" * DRAWING_BYTES + "</text>"),
    ],
)
def test_what_is_no_plain_drawing_with_a_title_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafeDrawingError):
        drawing_title(content)


def test_every_word_of_a_drawing_is_read_line_by_line() -> None:
    texts = "<g><text>第一<tspan>步</tspan></text><text> 带 证件 </text></g><text/>"
    words = drawing_words(drawing(f"<desc>给群众看</desc>{texts}"))
    assert words == "申请流程\n给群众看\n第一步\n带 证件"
