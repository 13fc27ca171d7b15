"""Several items, or a text Excel would take for a formula, in one cell and back, exactly.

Items (single lines) are separated by one sign; a backslash before a sign, or before
another backslash, takes its meaning away. Before anything else it stays as it is,
so people need not know of it.

A text that begins with = + - @ tab, carriage return or an apostrophe gets an
apostrophe in front (OWASP, CSV Injection); one is taken away again exactly when
one of these follows it.
"""

import re

LINE_SIGNS = "|｜\n"
"""Signs between variants and between citations; the line break is the one we write."""
KEYWORD_SIGNS = "、，,|｜；;\n"
ARTICLE_SIGNS = "#＃"

_FORMULA_SIGNS = "=+-@\t\r'"


def split_items(cell: str, signs: str) -> tuple[str, ...]:
    """Return the trimmed items of a cell, without empty ones."""
    return tuple(unescape(item, signs) for part in split(cell, signs) if (item := part.strip()))


def escape(item: str, signs: str) -> str:
    """Return ``item`` with a backslash before each sign that would have a meaning."""
    return re.sub(rf"[\\{re.escape(signs)}]", lambda found: "\\" + found[0], item)


def unescape(item: str, signs: str) -> str:
    """Return the item that ``escape`` was given."""
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
    """Return ``cell`` in a form that Excel shows and never computes."""
    return "'" + cell if cell[:1] and cell[0] in _FORMULA_SIGNS else cell


def unguard_formula(cell: str) -> str:
    """Return the cell that ``guard_formula`` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA_SIGNS else cell


def escape_xstring(text: str) -> str:
    """Return ``text`` for an XLSX cell, where ``_xHHHH_`` is a character (ECMA-376, ST_Xstring)."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def unescape_xstring(cell: str) -> str:
    """Return the text of an XLSX cell."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), cell)
