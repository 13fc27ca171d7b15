"""Lossless encoding of lists, and of texts that look like formulas, in one cell.

Items (single lines) are separated by one sign. A backslash escapes a sign or another
backslash; before any other character it is literal, so users need not know about it.

A text that begins with = + - @ tab, carriage return or an apostrophe is prefixed with an
apostrophe (OWASP, CSV Injection); reading removes an apostrophe exactly if one of these
follows it.
"""

import re

LINE_SIGNS = "|｜\n"
"""Signs that separate variants or citations; the line break is the one written."""
KEYWORD_SIGNS = "、，,|｜；;\n"
ARTICLE_SIGNS = "#＃"

_FORMULA_SIGNS = "=+-@\t\r'"


def split_items(cell: str, signs: str) -> tuple[str, ...]:
    """Return the trimmed items of a cell, without empty ones."""
    return tuple(unescape(item, signs) for part in split(cell, signs) if (item := part.strip()))


def escape(item: str, signs: str) -> str:
    """Return ``item`` with a backslash before each separator and each backslash in need of one."""
    return re.sub(rf"[\\{re.escape(signs)}]", lambda found: "\\" + found[0], item)


def unescape(item: str, signs: str) -> str:
    """Return the original of an escaped item; the inverse of ``escape``."""
    return re.sub(rf"\\([\\{re.escape(signs)}])", lambda found: found[1], item)


def split(cell: str, signs: str) -> list[str]:
    """Return the parts of a cell between its signs, still escaped."""
    parts = [""]
    for token in re.findall(r"\\[\s\S]|[\s\S]", cell):
        if token in signs:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def guard_formula(cell: str) -> str:
    """Return ``cell`` in a form that Excel never evaluates as a formula."""
    return "'" + cell if cell[:1] and cell[0] in _FORMULA_SIGNS else cell


def unguard_formula(cell: str) -> str:
    """Return the original of a guarded cell; the inverse of ``guard_formula``."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA_SIGNS else cell


def escape_xstring(text: str) -> str:
    """Return ``text`` for an XLSX cell, where ``_xHHHH_`` is a character (ECMA-376, ST_Xstring)."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def unescape_xstring(cell: str) -> str:
    """Return the text of an XLSX cell; the inverse of ``escape_xstring``."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), cell)
